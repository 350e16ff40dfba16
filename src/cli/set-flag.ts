import { string } from '@oclif/core/flags';
import { ScError } from '../errors/error.ts';

/** The flag with which a command sets the variables of a container file. */
export const setFlag = string({
  description: 'Set a variable of the file, before the environment.',
  helpValue: 'NAME=VALUE',
  multiple: true,
  multipleNonGreedy: true,
});

export function readSetFlags(texts: readonly string[] = []): { [name: string]: string } {
  const set = texts.map((text) => {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
    if (name !== undefined && value !== undefined) return [name, value];
    throw new ScError('SC_USAGE', `--set: found "${text}"; expected NAME=VALUE`);
  });
  return Object.fromEntries(set);
}
