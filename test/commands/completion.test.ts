import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { job, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(async () => {
  cli = makeCommandLine();
  await cli.sc('run', '-d', '--name', 'sleeper', './rootfs', 'sleep', '1000');
  cli.write('job.yaml', job('one', ['true']));
  for (const shell of ['bash', 'zsh', 'fish'])
    cli.write(`sc.${shell}`, (await cli.sc('completion', shell)).stdout);
});
afterAll(async () => {
  await cli.deleteAll();
  await cli.remove();
});

const withSc = () => ({
  ...cli.options,
  env: { ...cli.options.env, PATH: `${dirname(cli.executable)}:${process.env.PATH}` },
});

/** What each shell makes of a line, with its own completion. */
const shells = {
  /** As readline calls the function, with words broken at colons as it does. */
  bash: async (line: string) => {
    const words = line.split(/(:)| /).filter((word) => word !== undefined);
    const script = `source ./sc.bash
compopt() { echo "compopt $*"; }
COMP_LINE=$1; COMP_POINT=\${#1}; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_sc_complete
printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execa('bash', ['--norc', '-c', script, 'bash', line, ...words], withSc());
  },
  zsh: async (line: string) => {
    const script = `compdef() { :; }
_describe() { for each in "\${(@P)3:-}" "$candidates[@]"; do [[ -z $each ]] || echo "\${\${each//\\\\:/%}%%:*}"; done; }
_files() { echo compopt -o default; }
source ./sc.zsh
words=("$@"); CURRENT=$#
_sc`;
    const { stdout, ...rest } = await execa('zsh', ['-f', '-c', script, 'zsh', ...line.split(' ')], withSc());
    return { ...rest, stdout: stdout.replaceAll('%', ':') };
  },
  fish: async (line: string) =>
    execa('fish', ['--no-config', '-c', 'source ./sc.fish; complete -C "$argv[1]"', line], withSc()),
};

const offered = async (shell: keyof typeof shells, line: string) => {
  const { stdout, stderr, exitCode } = await shells[shell](line);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  return stdout
    .split('\n')
    .map((text) => text.split('\t')[0])
    .filter((text) => text !== '');
};

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (shell) => {
  test('completes commands, and those of a topic', async () => {
    expect(await offered(shell, 'sc expl')).toEqual(['explain']);
    expect((await offered(shell, 'sc image l')).sort()).toEqual(['list', 'load']);
  });

  test('completes flags and what stands behind them', async () => {
    expect(await offered(shell, 'sc plan --port')).toEqual(['--portability']);
    expect(await offered(shell, 'sc ps --backend l')).toEqual(['lxc']);
  });

  test('completes names of containers', async () => {
    expect(await offered(shell, 'sc stop sle')).toEqual(['sleeper']);
  });

  test('completes files by itself where a file can stand', async () => {
    const found = await offered(shell, 'sc apply jo');
    expect(found).toEqual(shell === 'fish' ? ['job.yaml'] : expect.arrayContaining(['compopt -o default']));
  });
});

test('bash is given what follows the last colon, at which it breaks words', async () => {
  await cli.sc('image', 'import', './rootfs', 'web:1.0');
  expect(await offered('bash', 'sc run web:')).toEqual(['1.0']);
  expect(await offered('bash', 'sc copy sle')).toEqual([
    'compopt -o nospace',
    'compopt -o default',
    'sleeper:',
  ]);
});

test('what sc cannot say is silence: a shell shows no errors', async () => {
  const { stdout, stderr, exitCode } = await execa(
    cli.executable,
    ['--root', join(cli.directory, 'job.yaml', 'x'), 'complete', '--', 'stop', ''],
    cli.options,
  );
  expect({ stdout, stderr, exitCode }).toEqual({ stdout: '', stderr: '', exitCode: 0 });
});

test('sc completion refuses a shell that it does not know', async () => {
  const { stderr, exitCode } = await cli.sc('completion', 'tcsh');
  expect(stderr).toContain('bash, zsh, fish');
  expect(exitCode).toBe(2);
});
