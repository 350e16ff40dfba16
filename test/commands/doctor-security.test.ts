import { execFileSync } from 'node:child_process';
import { chmodSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readHostCgroups } from '../../src/linux/cgroup/hierarchy.ts';
import type { Scorecard } from '../../src/schema/answer.ts';
import { parseAnswer } from '../support/answer.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeEach(() => {
  cli = makeCommandLine();
});
afterEach(() => cli.remove());

const compare = async (...flags: string[]) => cli.sc('doctor', '--security', ...flags);

/** The names of what is weak in the container of a runner. */
const weakIn = ({ checks }: Scorecard, name: string) =>
  checks
    .filter(({ results }) => results.some(({ runtime, ok }) => runtime === name && !ok))
    .map((check) => check.name);

/** Whether a runner has its turn or has had it. */
const inKitchen = (name: string) =>
  globSync(join(cli.root, 'doctor-*', name)).length > 0 ? true : undefined;

/** runc and crun look for their groups where the hierarchies are mounted whole, as on any host. */
const seesWholeHierarchies = readFileSync('/proc/self/mountinfo', 'utf8')
  .split('\n')
  .filter((line) => / - cgroup2? /.test(line))
  .every((line) => line.split(' ')[3] === '/');

const unified = readHostCgroups().hierarchies.find(({ version }) => version === 2)?.path;

/** What runners have left in the directory on which the tree of v2 is mounted. */
function hidden(): string[] {
  if (unified === undefined) return [];
  const script = 'umount --lazy "$0" && ls "$0"';
  const names = execFileSync('unshare', ['--mount', 'sh', '-c', script, unified], { encoding: 'utf8' });
  return names.split('\n').filter((name) => name.startsWith('sc-doctor-'));
}

describe('sc doctor --security', () => {
  test('finds nothing weak in a container of sc, and knows what its peers lack', {
    timeout: 60_000,
  }, async () => {
    const before = hidden();
    const { exitCode, stdout } = await compare('--json');
    expect(exitCode).toBe(0);
    expect(hidden()).toEqual(before);
    const scorecard = parseAnswer<Scorecard>(stdout);
    expect(weakIn(scorecard, 'sc')).toEqual([]);
    expect(scorecard.runtimes[0]).toMatchObject({ name: 'sc', status: 'probed', score: 100 });

    const known: Record<string, string[]> = {
      lxc: ['no capability over the host', 'no_new_privs', 'no more descriptors than 0 to 2'],
      bwrap: ['a filter of system calls', 'no variables of the host', 'own host name'],
      ...(seesWholeHierarchies && {
        runc: ['a filter of system calls', 'root is not root outside', '/proc/interrupts'],
        crun: ['a filter of system calls', 'root is not root outside', '/proc/interrupts'],
      }),
    };
    for (const [name, weak] of Object.entries(known)) {
      expect(scorecard.runtimes).toContainEqual(expect.objectContaining({ name, status: 'probed' }));
      expect(weakIn(scorecard, name)).toEqual(expect.arrayContaining(weak));
    }
    const others = scorecard.runtimes.slice(1);
    expect(others.map(({ name }) => name)).toEqual(['runc', 'crun', 'podman', 'docker', 'lxc', 'bwrap']);
    expect(Math.max(...others.map(({ score = 0 }) => score))).toBeLessThan(100);
  });

  test('prints a table that fits a terminal', { timeout: 60_000 }, async () => {
    const { stdout } = await compare();
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^ +of {3}sc /);
    expect(stdout).toMatch(/^ {2}no_new_privs +4 {2}ok /m);
    expect(stdout).toMatch(/^points +100 {2}100 /m);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  test('a runner that is missing or fails is a result', { timeout: 60_000 }, async () => {
    // There are no others on this path, and bwrap is one that only fails.
    cli.write(
      'bwrap',
      '#!/bin/sh\n[ "$1" = --version ] && echo mine 1.0 && exit\necho no luck >&2\nexit 3\n',
    );
    chmodSync(join(cli.directory, 'bwrap'), 0o755);
    const { exitCode, stdout } = await execa(cli.executable, ['doctor', '--security', '--json'], {
      ...cli.options,
      extendEnv: false,
      env: { ...cli.options.env, PATH: cli.directory },
    });
    expect(exitCode).toBe(0);
    expect(parseAnswer<Scorecard>(stdout).runtimes).toEqual([
      expect.objectContaining({ name: 'sc', status: 'probed' }),
      ...['runc', 'crun', 'podman', 'docker', 'lxc'].map((name) => ({
        name,
        status: 'absent',
        reason: 'not installed',
      })),
      { name: 'bwrap', status: 'failed', version: 'mine 1.0', reason: 'no luck' },
    ]);
  });

  test('a signal ends it, and nothing is left', { timeout: 60_000 }, async () => {
    const running = execa(cli.executable, ['doctor', '--security', '--json'], cli.options);
    await eventually(() => inKitchen('runc'));
    running.kill('SIGTERM');
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(143);
    expect(parseAnswer<Scorecard>(stdout).interrupted).toBe('SIGTERM');
    expect(cli.exists('store')).toBe(false);
  });

  test('what one that was killed has left goes with the next', { timeout: 60_000 }, async () => {
    const running = execa(cli.executable, ['doctor', '--security'], { ...cli.options, reject: false });
    await eventually(() => inKitchen('lxc'));
    running.kill('SIGKILL');
    await running;
    expect(cli.exists('store')).toBe(true);
    expect((await compare()).exitCode).toBe(0);
    expect(globSync(join(cli.root, 'doctor-*'))).toEqual([]);
  });
});
