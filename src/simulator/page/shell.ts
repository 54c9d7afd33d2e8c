const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? mark);

interface Page {
  title: string;
  body: string;
  /** Names a style sheet and a script under /assets/. */
  scripts?: string[];
  className: string;
}

/** Every page of the simulator: Persian, right to left, no inline script or style. */
export const renderPage = ({ title, body, scripts = [], className }: Page): string => `<!doctype html>
<html lang="fa" dir="rtl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/simulator.css">
${scripts.map((name) => `<script src="/assets/${name}" defer></script>`).join('\n')}
</head>
<body class="${className}">
${body}
</body>
</html>
`;
