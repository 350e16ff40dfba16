import { writeFileSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { during } from '../../errors/reason.ts';
import { checkPlace } from '../../linux/writable-place.ts';
import { readSuite } from '../cases.ts';
import type { RunRecord } from '../log-file.ts';
import { packageDirectory } from '../places.ts';
import { type ReportForm, report, reportForms } from './report.ts';

const USAGE = '--report FORM=FILE';

export interface WantedReport {
  form: ReportForm;
  file: string;
}

/** Reads words such as `html=matrix.html`. Throws SC_USAGE for what is none, and for a file that cannot be written. */
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
    if (form === undefined || file === '')
      throw new ScError('SC_USAGE', `--report: found "${word}"`, {
        hint: `${USAGE}, where FORM is one of ${forms.join(', ')}`,
      });
    checkPlace(USAGE, file);
    return { form, file };
  });
}

/** Writes each to its file. */
export async function writeReports(
  wanted: readonly WantedReport[],
  runs: readonly RunRecord[],
): Promise<void> {
  if (wanted.length === 0) return;
  const suite = readSuite(packageDirectory());
  for (const { form, file } of wanted) await writeReport(file, report(form, suite, runs));
}

/** Throws SC_STORAGE_FAILED. */
export async function writeReport(file: string, text: string): Promise<void> {
  await during('SC_STORAGE_FAILED', `write a report to "${file}"`, () => writeFileSync(file, text));
}
