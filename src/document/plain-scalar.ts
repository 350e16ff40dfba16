import { type Complaint, inWords } from './finding.ts';

interface Trap {
  form: RegExp;
  complaint(source: string): Complaint;
}

const inQuotes = (source: string): string => `the text in quotes, ${JSON.stringify(source)}`;

/** What stands without quotes and means different things to readers of YAML 1.1 and 1.2, or to people. */
const traps: readonly Trap[] = [
  {
    form: /^$/,
    complaint: () => ({ message: 'no value', expected: 'a value; null and "" have to be written' }),
  },
  {
    form: /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/,
    complaint: (source) => ({
      message: `found ${source} without quotes, which is true or false in YAML 1.1 and text in YAML 1.2`,
      expected: `true, false or ${inQuotes(source)}`,
    }),
  },
  {
    form: /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/,
    complaint: (source) => ({
      message: `found ${source} without quotes, which is a number to base 60 in YAML 1.1`,
      expected: inQuotes(source),
    }),
  },
  {
    form: /^[-+]?0[0-9_]+$/,
    complaint: (source) => ({
      message: `found ${source} without quotes, which is octal in YAML 1.1 and decimal in YAML 1.2`,
      expected: inQuotes(source),
    }),
  },
  {
    form: /^[-+]?0(?:x[0-9a-fA-F_]+|o[0-7]+|b[01_]+)$/,
    complaint: (source) => ({
      message: `found the number ${source}`,
      expected: `a decimal number, or ${inQuotes(source)}`,
    }),
  },
  {
    form: /^[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)$/,
    complaint: (source) => ({ message: `found ${source}`, expected: `a number, or ${inQuotes(source)}` }),
  },
];

/** Why a scalar without quotes is not taken as it stands, if it is not. */
export function plainScalarTrap(source: string, value: unknown): Complaint | undefined {
  const trap = traps.find(({ form }) => form.test(source));
  if (trap) return trap.complaint(source);
  if (typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return undefined;
  return {
    message: `found the number ${inWords(source).slice(1, -1)}, which is too large to be exact`,
    expected: `a number up to ${Number.MAX_SAFE_INTEGER}, or ${inQuotes(source)}`,
  };
}
