import { EACCES, ENOENT, ENOTDIR } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The label of the entries whose failure means that the program could not be executed. */
export function executeLabel(program: string): string {
  return `execute "${program}"`;
}

/**
 * Executes the program, looked for in the container's PATH as execvp(3) does: on from a directory that
 * lacks it or may not be searched, and EACCES in the end if that was met on the way.
 */
export function executeProgram(
  p: ProgramBuilder,
  args: readonly string[],
  environment: readonly string[],
): void {
  const program = args[0] ?? '';
  const words = executeLabel(program);
  const argv = p.strings('argv', args);
  const envp = p.strings('envp', environment);
  // An empty name is no name in any directory: ENOENT.
  if (program === '' || program.includes('/')) {
    p.call(words, 'execve', p.string(program), argv, envp);
    return;
  }
  const worst = p.struct('errno', [-ENOENT, 8]);
  for (const directory of searchPath(environment)) {
    const next = p.label(`not ${directory}/${program}`);
    const denied = p.label(`${directory}/${program} may not be executed`);
    const attempt = p.attempt(words, 'execve', p.string(`${directory}/${program}`), argv, envp);
    p.jump(next, 'equal', { result: attempt }, -ENOENT);
    p.jump(next, 'equal', { result: attempt }, -ENOTDIR);
    p.jump(denied, 'equal', { result: attempt }, -EACCES);
    p.fail(words, { result: attempt });
    p.place(denied);
    p.store('remember EACCES', worst, 0, -EACCES, 8);
    p.place(next);
  }
  p.fail(words, { load: 64, from: worst, at: 0 });
}

function searchPath(environment: readonly string[]): string[] {
  const path = environment.find((variable) => variable.startsWith('PATH='))?.slice(5) ?? DEFAULT_PATH;
  // An empty element means the working directory (environ(7)).
  return path.split(':').map((directory) => (directory === '' ? '.' : directory));
}
