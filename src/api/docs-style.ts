/** The one style of the reference: nothing else is loaded, and no script runs. Contrast is at least 4.5:1 in both schemes. */
export const DOCS_STYLE = `
html{-webkit-text-size-adjust:100%;scroll-padding-top:16px}
body{margin:0;background:#fff;color:#1c2530;font:16px/1.6 system-ui,-apple-system,Segoe UI,Roboto,"Noto Sans",sans-serif}
.page{display:flex;max-width:1240px;margin:0 auto}
nav{flex:0 0 250px;position:sticky;top:0;align-self:flex-start;height:100vh;overflow-y:auto;box-sizing:border-box;padding:24px 16px;border-right:1px solid #d5d9df;font-size:14px}
nav ul{list-style:none;margin:0 0 12px;padding:0}nav a{display:block;padding:3px 0}
main{flex:1;min-width:0;padding:24px 32px 96px}
h1{font-size:28px;margin:0 0 8px}h2{font-size:22px;margin:48px 0 12px;padding-top:12px;border-top:1px solid #d5d9df}
h3{font-size:17px;margin:32px 0 4px}h4{font-size:14px;margin:16px 0 4px;color:#55606e}
p{margin:0 0 10px;max-width:75ch}
a{color:#9c1f2b}a:focus,summary:focus{outline:3px solid #1c2530;outline-offset:2px}
code,pre{font:13px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{background:#f1f3f5;padding:1px 4px;border-radius:4px;overflow-wrap:anywhere}
pre{background:#f6f7f9;border:1px solid #d5d9df;border-radius:8px;padding:12px;overflow-x:auto;max-width:100%}pre code{background:none;padding:0}
table{border-collapse:collapse;width:100%;font-size:14px}th,td{text-align:left;vertical-align:top;padding:6px 12px 6px 0;border-bottom:1px solid #e4e7eb}
.scroll{overflow-x:auto}
.method{display:inline-block;min-width:58px;font-weight:700}
.muted{color:#55606e}
dl{margin:0 0 10px}dt{margin-top:6px}dd{margin:0 0 0 20px}
details{margin:8px 0}summary{cursor:pointer;padding:4px 0}
@media (max-width:800px){.page{display:block}nav{position:static;height:auto;border-right:0;border-bottom:1px solid #d5d9df}main{padding:24px 16px 64px}}
@media (prefers-color-scheme:dark){body{background:#12161b;color:#eceff3}nav,h2,pre,th,td{border-color:#3a434e}code{background:#1c2229}pre{background:#1c2229}a{color:#ffb3ba}.muted,h4{color:#aab4c0}a:focus,summary:focus{outline-color:#eceff3}}
@media print{nav{display:none}details>*{display:block}}
`;
