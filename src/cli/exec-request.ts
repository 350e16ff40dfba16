import { ScError } from '../errors/error.ts';
import { variables } from '../operations/command-line-values.ts';
import type { ExecRequest } from '../schema/operations/exec.ts';

interface ExecFlags {
  interactive: boolean;
  tty: boolean;
  detach: boolean;
  env?: string[] | undefined;
  user?: string | undefined;
  workdir?: string | undefined;
}

/** What `sc exec` is asked for. Throws SC_USAGE for a directory that is not absolute and for variables without a name. */
export function execRequest(
  { interactive, tty, detach, env = [], user, workdir }: ExecFlags,
  container: string,
  args: string[],
  environment: { readonly [name: string]: string | undefined },
): ExecRequest {
  if (workdir !== undefined && !workdir.startsWith('/')) {
    throw new ScError('SC_USAGE', `--workdir: found "${workdir}"; expected an absolute path`);
  }
  return {
    container,
    args,
    ...(user !== undefined && { user }),
    ...(workdir !== undefined && { cwd: workdir }),
    environment: given(env, environment),
    tty,
    stdin: interactive,
    detach,
  };
}

/** A variable that the caller has not got is left as the container has it. */
function given(
  texts: readonly string[],
  environment: { readonly [name: string]: string | undefined },
): { [name: string]: string } {
  const unnamed = texts.find((text) => text === '' || text.startsWith('='));
  if (unnamed !== undefined) {
    throw new ScError('SC_USAGE', `--env: found "${unnamed}"; expected NAME=VALUE or NAME`);
  }
  const entries = Object.entries(variables(texts, environment));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
