import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { capabilityMask, defaultCapabilities } from '../../../src/linux/capabilities.ts';
import { parseCapabilityLine } from '../../../src/linux/kernel.ts';
import { inheritable } from '../../support/descriptors.ts';
import { useBackend, usersOfHost } from './harness.ts';

const native = useBackend();
const capabilities = [...defaultCapabilities, 'CAP_SYS_PTRACE'];
const granted = capabilityMask(capabilities);

/** What was found in one process. */
interface Sighting {
  seized: boolean;
  /** Of the links below /proc/PID, by their names. */
  links: Map<string, string>;
  values: Map<string, string>;
  taken: number[];
}

/** More of them where it was never quick enough, as on a machine that is busy with others. */
const ROUNDS = 40;
const MOST_ROUNDS = 1000;

/** Whoever executes a program looks for it for so long that it can be met before, however busy the machine is. */
const PATH = `PATH=${Array.from({ length: 1000 }, (_, index) => `/nowhere/${index}`).join(':')}:/bin`;

/** Has a container lie in wait while `enter` enters it again and again. */
async function ambush(
  security: Parameters<typeof native.launch>[1] & object,
  enter: (running: Awaited<ReturnType<typeof native.launch>>) => Promise<void>,
): Promise<Sighting[]> {
  native.install('lie-in-wait', readFileSync(join(import.meta.dirname, 'lie-in-wait.c'), 'utf8'));
  const running = await native.launch(['lie-in-wait', String(MOST_ROUNDS)], security);
  await vi.waitFor(() => expect(running.stdout()).toContain('waiting\n'), 30_000);
  const seen = () =>
    running
      .stdout()
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('pid='))
      .map(parse);
  for (let round = 0; round < MOST_ROUNDS && (round < ROUNDS || !seen().some(isEarly)); round++)
    await enter(running);
  running.handle.kill(9);
  await running.outcome();
  return seen();
}

function parse(line: string): Sighting {
  const words = line.split(' ').map((word) => word.split(/=(.*)/s) as [string, string]);
  const isLink = (name: string) => /^(exe|cwd|root|fd\/)/.test(name);
  const values = new Map(words.filter(([name]) => !isLink(name)));
  return {
    seized: values.get('seized') === '1',
    links: new Map(words.filter(([name]) => isLink(name))),
    values,
    taken: words.filter(([name]) => name === 'took').map(([, fd]) => Number(fd)),
  };
}

const capability = ({ values }: Sighting, name: string) =>
  parseCapabilityLine(`${name}:\t${values.get(name)}`, name);

/** Of a process that is still there, and whole. */
const isWhole = ({ values }: Sighting) => values.has('Seccomp') && values.get('State') !== 'Z';

/** Seen before it executed anything. */
const isEarly = (sighting: Sighting) => isWhole(sighting) && sighting.links.get('exe') !== '/bin/busybox';

test.each([
  ["in the host's user namespace", { security: { ...usersOfHost, capabilities } }, {}],
  ['in a user namespace of its own', { security: { capabilities } }, {}],
  [
    'and a terminal of its own',
    { security: { ...usersOfHost, capabilities } },
    { terminal: { tty: true, stdin: false } },
  ],
])(
  'a container with CAP_SYS_PTRACE %s finds nothing in who enters that it has not itself',
  async (_, changes, terminal) => {
    const directory = openSync('/', 'r');
    inheritable(directory);
    try {
      const codes: (number | null)[] = [];
      const sightings = await ambush(changes, async (running) => {
        const program = await native.enter(running, ['sh', '-c', 'exit 7'], terminal, {
          environment: [PATH],
        });
        codes.push((await program.outcome()).exit.code);
        if (program.handle.terminal !== undefined) closeSync(program.handle.terminal);
      });
      // It held the end of the pipe to the keeper, and the program was stopped: its end is known all the same.
      expect(codes).toEqual(codes.map(() => 7));
      const early = sightings.filter(isEarly);
      expect(early.length).toBeGreaterThan(0);
      for (const sighting of sightings.filter(isWhole)) {
        for (const name of ['CapPrm', 'CapEff', 'CapBnd']) expect(capability(sighting, name)).toBe(granted);
        for (const name of ['CapInh', 'CapAmb']) expect(capability(sighting, name)).toBe(0n);
        expect(sighting.values.get('Seccomp')).toBe('2');
        expect(sighting.values.get('NoNewPrivs')).toBe('1');
        expect(sighting.values.get('writable')).toBe('0');
        const { exe, cwd, root, ...descriptors } = Object.fromEntries(sighting.links);
        expect(exe).toMatch(/^(\?|\/memfd:sc-stage|\/bin\/busybox)$/);
        for (const place of [cwd, root]) expect(place).toMatch(/^(\/|\?)$/);
        // Files that the test itself hands over or its terminal, and the pipe to the keeper.
        for (const [name, link] of Object.entries(descriptors))
          expect([name, link]).toEqual([
            expect.stringMatching(/^fd\/([012]|8)$/),
            expect.stringMatching(/^\/dev\/(null|pts\/\d+)$|^\/tmp\/sc-test|^pipe:|^\?$/),
          ]);
        expect(sighting.taken.filter((fd) => fd !== 8)).toEqual([]);
      }
      const wasSeized = early.some(({ seized }) => seized);
      expect(wasSeized).toBe(
        changes.security.userNamespace === undefined && 'userNamespace' in changes.security,
      );
    } finally {
      closeSync(directory);
    }
  },
  600_000,
);

test('it finds the rights of the host in who enters the naive way', async () => {
  const changes = { security: { ...usersOfHost, capabilities } };
  const sightings = await ambush(changes, async ({ handle }) => {
    const [, path] = PATH.split('=');
    const args = ['--all', `--target=${handle.pid}`, 'sh', '-c', 'exit 0'];
    execFileSync('/usr/bin/nsenter', args, { env: { PATH: path } });
  });
  const early = sightings.filter(isEarly);
  expect(early.some((sighting) => capability(sighting, 'CapPrm') !== granted)).toBe(true);
  expect(early.some(({ values }) => values.get('Seccomp') === '0')).toBe(true);
}, 600_000);
