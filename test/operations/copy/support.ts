import { EventEmitter } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { copyPlace } from '../../../src/cli/copy-place.ts';
import type { Caller } from '../../../src/operations/caller.ts';
import { copy } from '../../../src/operations/copy.ts';
import type { CopyRequest, CopyResult } from '../../../src/schema/operations/copy.ts';
import { makeCommandLine } from '../../support/command-line.ts';

export type CopyFlags = Omit<CopyRequest, 'source' | 'destination'>;

/** A command line with containers, and the operation itself, which needs no start of Node. */
export function makeCopying() {
  const cli = makeCommandLine();
  const withCaller = async <Result>(
    files: { stdin?: string; stdout?: string },
    act: (caller: Caller) => Promise<Result>,
  ): Promise<Result> => {
    const opened = [
      openSync(files.stdin ?? '/dev/null', 'r'),
      openSync(files.stdout ?? '/dev/null', 'w'),
      openSync('/dev/null', 'w'),
    ];
    const [stdin = 0, stdout = 0, stderr = 0] = opened;
    try {
      return await act({
        stdin: { descriptor: stdin, terminal: false },
        stdout: { descriptor: stdout, terminal: false },
        stderr: { descriptor: stderr, terminal: false },
        environment: {},
        workingDirectory: cli.directory,
        signals: new EventEmitter(),
      });
    } finally {
      for (const each of opened) closeSync(each);
    }
  };
  return {
    ...cli,
    copy: (
      source: string,
      destination: string,
      flags: CopyFlags = {},
      files: { stdin?: string; stdout?: string } = {},
    ): Promise<CopyResult> =>
      withCaller(files, (caller) =>
        copy(
          { source: copyPlace(source), destination: copyPlace(destination), ...flags },
          cli.settings,
          caller,
        ),
      ),
    /** Where a container that runs can be looked at from here. */
    inside: async (name: string, path = '') => {
      const { stdout } = await cli.sc('inspect', '--json', name);
      return join(`/proc/${JSON.parse(stdout).init.pid}/root`, path);
    },
    sleeping: (name: string, ...flags: string[]) =>
      cli.sc('run', '-d', '--name', name, ...flags, './rootfs', 'sleep', '100000'),
  };
}
