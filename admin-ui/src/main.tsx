import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { LanguageProvider } from './i18n/language.tsx';
import { StartPage } from './start/start-page.tsx';
import './style.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the document has no #root');
createRoot(root).render(
  <StrictMode>
    <LanguageProvider>
      <StartPage />
    </LanguageProvider>
  </StrictMode>,
);
