import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { LanguageProvider, languageOfDocument, loadLanguage } from './i18n/language.tsx';
import { LoginProvider } from './login/login-state.tsx';
import { StepUpProvider } from './login/step-up.tsx';
import { RouterProvider } from './router.tsx';
import './style.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the document has no #root');
const first = await loadLanguage(languageOfDocument());
createRoot(root).render(
  <StrictMode>
    <LanguageProvider first={first}>
      <RouterProvider>
        <LoginProvider>
          <StepUpProvider>
            <App />
          </StepUpProvider>
        </LoginProvider>
      </RouterProvider>
    </LanguageProvider>
  </StrictMode>,
);
