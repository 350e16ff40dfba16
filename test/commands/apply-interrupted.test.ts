import { globSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockedBy } from '../../src/protocol/place.ts';
import type { EventRecord } from '../../src/schema/operations/events.ts';
import { JournalReader, lastEvent } from '../../src/state/journal-reader.ts';
import { eventually, isAlive, makeCommandLine } from '../support/command-line.ts';
import { makeMachine } from '../support/machine.ts';

let cli: ReturnType<typeof makeCommandLine>;
let host: Awaited<ReturnType<typeof makeMachine>>;

beforeAll(async () => {
  cli = makeCommandLine();
  host = await makeMachine(cli);
  mkdirSync(join(cli.directory, 'go'));
});
afterAll(async () => {
  await host.expectNothingLeft();
  await host.remove();
  await cli.remove();
});

const container = (name: string, health: string, more: string) => `---
apiVersion: standard-container/v1
kind: Container
metadata: { name: ${name} }
image: ./rootfs
signals: { stopSignal: SIGKILL }
monitor: { restart: { policy: always }, health: { args: [sh, -c, "${health}"], startPeriod: 1m, startInterval: 50ms } }
${more}`;

/** Of the shape of examples/site.yaml, with programs that are there everywhere. The last is healthy when there is a file. */
const site = `apiVersion: standard-container/v1
kind: Network
metadata: { name: site }
subnets: [10.88.79.0/24]
---
apiVersion: standard-container/v1
kind: Volume
metadata: { name: site-data }
${container(
  'site-db',
  'test -e /data/up',
  `process: { args: [sh, -c, "touch /data/up; exec sleep 1000"] }
network: { networks: [{ name: site, addresses: [10.88.79.10] }] }
mounts: [{ volume: site-data, target: /data }]
`,
)}${container(
  'site-app',
  'test -e /tmp/up',
  `dependsOn: [site-db]
process: { args: [sh, -c, "touch /tmp/up; exec sleep 1000"] }
network: { networks: [{ name: site, addresses: [10.88.79.11] }] }
resources: { memory: 64Mi, pids: 16 }
`,
)}${container(
  'site-web',
  'test -e /srv/go',
  `dependsOn: [site-app]
process: { args: [sh, -c, "while :; do nc -l -p 80 -e hostname; done"] }
network: { hostname: site-web, networks: [{ name: site, addresses: [10.88.79.12] }], ports: ["8080:80"] }
mounts: [{ bind: ./go, target: /srv, readOnly: true }]
`,
)}`;

const isAbout = ({ network, volume, container: one }: EventRecord, name: string) =>
  [network, volume, one?.name].includes(name);

/** Applies the file, and kills sc when this has happened; with what it has started, and the monitor too. */
async function applyUntil(type: EventRecord['type'], name: string, who: 'sc alone' | 'all of sc') {
  const journal = new JournalReader(cli.root, lastEvent(cli.root));
  const applying = host.sc('apply', '--wait', 'site.yaml');
  try {
    await eventually(() =>
      journal.read().some((event) => event.type === type && isAbout(event, name)) ? true : undefined,
    );
    // So that it begins nothing between a look at what it has begun and its end.
    expect(applying.kill('SIGSTOP')).toBe(true);
    const others = who === 'sc alone' ? [] : [...childrenOf(applying.pid ?? 0), ...monitors()];
    for (const pid of others) process.kill(pid, 'SIGKILL');
    applying.kill('SIGKILL');
    expect((await applying).signal).toBe('SIGKILL');
    await eventually(() => (others.some(isAlive) ? undefined : true));
  } finally {
    journal.close();
  }
}

function childrenOf(pid: number): number[] {
  return globSync(`/proc/${pid}/task/*/children`).flatMap((file) =>
    readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

function monitors(): number[] {
  const pid = lockedBy(cli.root);
  return pid === undefined ? [] : [pid];
}

/** What a store has beside what is only its own. */
const left = () =>
  ['containers', 'storage/overlay', 'networks', 'volumes'].flatMap((place) =>
    readdirSync(join(cli.root, place)).filter((name) => !name.startsWith('.')),
  );

test.each([
  ['networkCreated', 'site', 'all of sc'],
  ['started', 'site-db', 'sc alone'],
  ['created', 'site-web', 'all of sc'],
] as const)(
  'a site whose apply is killed at "%s" of %s, %s, is what the file says after the next one',
  async (type, name, who) => {
    cli.write('site.yaml', site);
    await applyUntil(type, name, who);
    cli.write('go/go', '');
    const again = await host.sc('apply', '--wait', 'site.yaml');
    expect(again.exitCode, again.stderr).toBe(0);
    expect(await host.sc('plan', 'site.yaml')).toMatchObject({
      exitCode: 0,
      stdout: 'site.yaml: nothing to change\n',
    });
    // What was published is reached.
    const ask = 'nc 192.0.2.1 8080';
    await eventually(async () =>
      (await host.from('busybox', ...ask.split(' '))).stdout === 'site-web\n' ? true : undefined,
    );
    const deleted = await host.sc('delete', '--force', '--file', 'site.yaml');
    expect(deleted.exitCode, deleted.stderr).toBe(0);
    expect(await host.sc('volume', 'remove', 'site-data')).toMatchObject({ exitCode: 0, stderr: '' });
    await host.expectNothingLeft();
    expect(left()).toEqual([]);
    rmSync(join(cli.directory, 'go/go'));
  },
);
