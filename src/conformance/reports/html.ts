import type { CaseEvent, Evidence } from '../../schema/conformance-log.ts';
import type { RunRecord } from '../log-file.ts';
import { matrixOf, profilesOf } from '../matrix.ts';
import { resultOf } from '../measure.ts';
import type { Statement } from '../specification/statement.ts';
import { pageScript } from './html-script.ts';
import { pageStyle } from './html-style.ts';
import { suiteWords } from './suite-words.ts';

/** Characters of what was seen in a step that are shown. */
const MOST_SEEN = 2000;

/**
 * Requirements against runtimes as one page, which needs nothing from elsewhere: the data stands in it, and it draws
 * itself. `specs` is where the specification is, seen from the page.
 */
export function htmlOf(
  { version, statements }: { version: string; statements: readonly Statement[] },
  runs: readonly RunRecord[],
  specs = '../../',
): string {
  const rows = matrixOf(statements, runs);
  const data = {
    version,
    specs,
    runs: runs.map((record, index) => {
      const { runtime, tally, complete } = resultOf(record);
      const { host, time, selection, suite } = record.run;
      const { name = runtime.argument, version: own = '' } = runtime.declared ?? {};
      return {
        ...{ name, version: own, tally, complete, host, time, failure: runtime.failure ?? '' },
        ...{ seed: selection.seed, cases: record.cases.length, suite: suiteWords(suite) },
        profiles: profilesOf(rows, index),
        results: Object.fromEntries(record.cases.map((one) => [one.case, shownCase(one)])),
      };
    }),
    rows: rows.map(({ statement: { id, level, profile, since, oci, text, file, line }, cells }) => ({
      ...{ id, level, profile, since, oci, text, file, line },
      cells: cells.map(({ state, cases }) => ({ state, cases: cases.map((one) => one.case) })),
    })),
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conformance to the Standard Container Specification ${version}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>Conformance</h1>
<p>The Standard Container Specification ${version}: each of its statements against each runtime.</p>
</header>
<section id="runs" aria-label="Runtimes"></section>
<details id="claims"><summary>What each can claim, by profile</summary><div class="scroll"><table id="profiles"></table></div></details>
<form id="filters" role="search">
<label>Text or ID <input type="search" name="text" placeholder="SC-MNT, read-only, ..."></label>
<label>Profile <select name="profile"></select></label>
<label>Level <select name="level"></select></label>
<label>State <select name="state"></select></label>
<label>Runtime <select name="runtime"></select></label>
<label class="check"><input type="checkbox" name="tested"> with a case</label>
<label class="check"><input type="checkbox" name="differ"> where they differ</label>
<output></output>
</form>
<div class="scroll" id="matrix"><table><thead></thead><tbody></tbody></table></div>
<dialog aria-labelledby="detail-title"><form method="dialog"><button aria-label="Close">&#215;</button></form><div id="detail"></div></dialog>
<noscript>The matrix is drawn by a script in this page.</noscript>
<script type="application/json" id="data">${scriptSafe(JSON.stringify(data))}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}

function shownCase({ title, state, reason = '', evidence = [], assertions, milliseconds }: CaseEvent) {
  return { title, state, reason, assertions, milliseconds, evidence: evidence.map(shownEvidence) };
}

function shownEvidence({ step, action, row, control, seen, broken }: Evidence) {
  const words = JSON.stringify(seen, undefined, 1) ?? '';
  const short = words.length > MOST_SEEN ? `${words.slice(0, MOST_SEEN)}...` : words;
  return { step, action, row, control, seen: short, broken };
}

/** No end of the script's element, and no comment, can stand in its text. */
function scriptSafe(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
