import { writeFileSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { readSuite } from '../cases.ts';
import type { RunRecord } from '../log-file.ts';
import { packageDirectory } from '../places.ts';
import { type ReportForm, report, reportForms } from './report.ts';

export interface WantedReport {
  form: ReportForm;
  file: string;
}

/** Reads words such as `html=matrix.html`. Throws SC_USAGE for what is none. */
export function wantedReports(words: readonly string[]): WantedReport[] {
  return formsOf(words, reportForms);
}

/** The same where there are these forms. */
export function formsOf<Form extends string>(
  words: readonly string[],
  forms: readonly Form[],
): { form: Form; file: string }[] {
  return words.map((word) => {
    const at = word.indexOf('=');
    const form = forms.find((one) => one === word.slice(0, at));
    const file = word.slice(at + 1);
    if (form !== undefined && file !== '') return { form, file };
    throw new ScError('SC_USAGE', `--report: found "${word}"`, {
      hint: `--report FORM=FILE, where FORM is one of ${forms.join(', ')}`,
    });
  });
}

/** Writes each to its file. */
export function writeReports(wanted: readonly WantedReport[], runs: readonly RunRecord[]): void {
  if (wanted.length === 0) return;
  const suite = readSuite(packageDirectory());
  for (const { form, file } of wanted) writeFileSync(file, report(form, suite, runs));
}
