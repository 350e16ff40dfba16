import { Command } from '@oclif/core/command';
import { boolean, string } from '@oclif/core/flags';
import { ScError } from '../errors/error.ts';
import { visibleJson, visibleLines } from '../errors/visible.ts';
import { defaultRoot } from '../library/settings.ts';
import { absolutePath } from '../operations/caller.ts';
import { checkSettings, mayHavePlugins, type Settings } from '../operations/settings.ts';
import type { Many } from '../schema/operations/many.ts';
import { commandCaller } from './caller.ts';
import { isFromSnapshot, startPlainly } from './plain-start.ts';
import { print } from './print.ts';
import { publishAddressOf } from './publish-address-flag.ts';
import { errorWords } from './report-error.ts';
import { usageError } from './usage-error.ts';

interface GlobalFlags {
  root?: string | undefined;
  backend: string;
  'storage-driver': string;
  'publish-address'?: string | undefined;
  json: boolean;
}

/**
 * What all commands of sc have in common. A command parses, calls an operation, prints what it answered,
 * and returns its exit code; errors are left to main, which knows how each is reported.
 */
export abstract class ScCommand extends Command {
  static override baseFlags = {
    root: string({
      description: 'Directory of state and storage (default: /var/lib/sc, without root ~/.local/share/sc).',
      env: 'SC_ROOT',
      helpGroup: 'GLOBAL',
      helpValue: 'DIR',
    }),
    backend: string({
      description: 'What containers are run with; sc features tells what it supports.',
      env: 'SC_BACKEND',
      default: 'native',
      helpGroup: 'GLOBAL',
      helpValue: 'NAME',
    }),
    'storage-driver': string({
      description: 'What root filesystems are made with.',
      env: 'SC_STORAGE_DRIVER',
      default: 'overlay',
      helpGroup: 'GLOBAL',
      helpValue: 'NAME',
    }),
    json: boolean({
      default: false,
      description: 'Print exactly the documented object on stdout.',
      helpGroup: 'GLOBAL',
    }),
  };

  protected readonly caller = commandCaller();

  /** The exit code. */
  abstract override run(): Promise<number>;

  protected settings(flags: GlobalFlags): Settings {
    if (flags.root === '') throw new ScError('SC_USAGE', '--root: found ""', { hint: '--root DIRECTORY' });
    const settings = {
      root: flags.root === undefined ? defaultRoot() : absolutePath(flags.root, this.caller),
      backend: flags.backend,
      storageDriver: flags['storage-driver'],
      ...publishAddressOf(flags['publish-address']),
    };
    checkSettings(settings);
    // Their modules import those of sc, which a snapshot has melted into one.
    if (isFromSnapshot() && mayHavePlugins(settings.root)) startPlainly();
    return settings;
  }

  /** Prints the result: the object with `--json`, else in words, which are only then asked for. */
  protected answer(flags: { json: boolean }, result: object, words: () => string): void {
    const text = flags.json ? visibleJson(result, 2) : visibleLines(words());
    if (text !== '') print(this.caller.stdout.descriptor, `${text}\n`);
  }

  /**
   * The same of an operation on many containers: the names of those with which it was done, and on stderr
   * what failed with others. Answers the exit code.
   */
  protected answerMany(flags: { json: boolean }, result: Many): number {
    if (!flags.json) for (const failure of result.failures) this.complain(errorWords(failure));
    this.answer(flags, result, () => result.containers.map(({ name }) => name).join('\n'));
    return result.failures.length === 0 ? 0 : 1;
  }

  /** Says on stderr what went wrong beside the result. */
  protected complain(words: string): void {
    print(this.caller.stderr.descriptor, `${words}\n`);
  }

  protected override async catch(error: Error): Promise<never> {
    throw 'oclif' in error && !('code' in error && error.code === 'EEXIT')
      ? usageError(error, this.ctor)
      : error;
  }
}
