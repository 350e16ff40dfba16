/** Colours are never alone: each state has a sign and a word too. */
export const pageStyle = `
:root { color-scheme: light dark; --text: #1c2127; --dim: #5c6670; --page: #fff; --panel: #f5f7f9; --line: #d8dee4;
  --passed: #d7f5dd; --passed-text: #0d5323; --failed: #ffdcd7; --failed-text: #8f1d12; --incomplete: #fff0c2;
  --incomplete-text: #6a4700; --unsupported: #e6e0fa; --unsupported-text: #45308a; --none: transparent; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --text: #e3e8ec; --dim: #9aa5af; --page: #14181c; --panel: #1d2329; --line: #343c44;
  --passed: #133d20; --passed-text: #9be7ae; --failed: #571a14; --failed-text: #ffb4a9; --incomplete: #4a3800;
  --incomplete-text: #ffdc83; --unsupported: #2f2757; --unsupported-text: #cbbfff; --link: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.45 system-ui, "DejaVu Sans", sans-serif; color: var(--text); background: var(--page); }
header { padding: 28px 32px 4px; } h1 { margin: 0; font-size: 28px; letter-spacing: -.01em; } header p { margin: 4px 0 0; color: var(--dim); }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code { font: 0.9em ui-monospace, "DejaVu Sans Mono", monospace; background: var(--panel); padding: 0 3px; border-radius: 3px; }
#runs { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 14px; padding: 18px 32px; }
.run { border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; background: var(--panel); }
.run h2 { margin: 0; font-size: 17px; } .run h2 span { color: var(--dim); font-weight: 400; } .run p { margin: 8px 0 0; font-size: 13px; color: var(--dim); }
.run .words { color: var(--text); }
.bar { display: flex; height: 8px; border-radius: 4px; overflow: hidden; margin-top: 10px; background: var(--line); }
.bar i { display: block; } .bar .passed { background: #2da44e; } .bar .failed { background: #cf3b2e; } .bar .incomplete { background: #d4a017; } .bar .unsupported { background: #8b78d8; }
#claims { margin: 0 32px 14px; } summary { cursor: pointer; font-weight: 600; padding: 6px 0; }
#filters { position: sticky; top: 0; z-index: 3; display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: end; padding: 10px 32px; background: var(--page); border-block: 1px solid var(--line); }
#filters label { display: grid; font-size: 12px; color: var(--dim); gap: 2px; } #filters .check { display: flex; align-items: center; gap: 5px; padding-bottom: 6px; }
input[type=search], select { font: inherit; font-size: 14px; padding: 4px 8px; border: 1px solid var(--line); border-radius: 6px; color: var(--text); background: var(--page); }
input[type=search] { width: 16em; } output { margin-left: auto; padding-bottom: 6px; color: var(--dim); font-size: 13px; }
.scroll { overflow-x: auto; } #matrix { padding: 0 32px 48px; overflow: visible; }
table { border-collapse: separate; border-spacing: 0; width: 100%; } th, td { text-align: left; vertical-align: top; padding: 7px 10px; border-bottom: 1px solid var(--line); }
thead th { font-size: 12px; color: var(--dim); font-weight: 600; background: var(--page); } #matrix thead th { position: sticky; top: var(--filters, 52px); z-index: 2; }
#matrix td:first-child { white-space: nowrap; font: 13px ui-monospace, "DejaVu Sans Mono", monospace; } #matrix td.text { min-width: 22em; }
td .about { display: block; font-size: 12px; color: var(--dim); } tr:target td { background: var(--panel); } tr { scroll-margin-top: 130px; }
td.cell { padding: 4px; width: 1%; } td.cell button { font: inherit; font-size: 12.5px; width: 100%; min-width: 7.2em; white-space: nowrap; text-align: left; border: 0; border-radius: 5px; padding: 4px 8px; cursor: pointer; color: var(--text); background: var(--panel); }
td.cell button:focus-visible, td.cell button:hover { outline: 2px solid var(--link); } td.cell .untested, td.cell .not-applicable { color: var(--dim); background: transparent; }
.passed { background: var(--passed) !important; color: var(--passed-text) !important; } .failed { background: var(--failed) !important; color: var(--failed-text) !important; }
.incomplete { background: var(--incomplete) !important; color: var(--incomplete-text) !important; } .unsupported { background: var(--unsupported) !important; color: var(--unsupported-text) !important; }
.bar .passed { background: #2da44e !important; } .bar .failed { background: #cf3b2e !important; } .bar .incomplete { background: #d4a017 !important; } .bar .unsupported { background: #8b78d8 !important; }
#profiles td.yes { font-weight: 700; } #profiles th, #profiles td { white-space: nowrap; }
dialog { width: min(860px, 94vw); max-height: 88vh; border: 1px solid var(--line); border-radius: 10px; padding: 20px 24px; color: var(--text); background: var(--page); box-shadow: 0 12px 48px #0006; }
dialog::backdrop { background: #0006; } dialog form { float: right; } dialog form button { border: 0; background: none; color: var(--dim); font-size: 24px; line-height: 1; cursor: pointer; }
dialog h2 { margin: 0 0 6px; font-size: 18px; } dialog h3 { margin: 20px 0 4px; font-size: 15px; } dialog blockquote { margin: 6px 0; padding: 6px 14px; border-left: 3px solid var(--line); }
dialog .state { font-size: 12px; border-radius: 4px; padding: 2px 7px; } dialog pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--panel); padding: 8px 10px; border-radius: 6px; font: 12px/1.4 ui-monospace, "DejaVu Sans Mono", monospace; max-height: 20em; overflow: auto; }
dialog .broken { color: var(--failed-text); } dialog .dim { color: var(--dim); font-size: 13px; }
@media (max-width: 700px) { header, #runs, #filters, #matrix { padding-inline: 14px; } #claims { margin-inline: 14px; } #matrix { overflow-x: auto; } #filters { position: static; } #matrix thead th { position: static; } }
@media print { #filters { display: none; } }
`;
