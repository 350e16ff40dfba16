import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ScError } from '../../src/errors/error.ts';
import { apply } from '../../src/operations/apply.ts';
import { deleteContainers } from '../../src/operations/delete.ts';
import { list } from '../../src/operations/list.ts';
import { pause } from '../../src/operations/pause.ts';
import { plan } from '../../src/operations/plan.ts';
import { rename } from '../../src/operations/rename.ts';
import { stop } from '../../src/operations/stop.ts';
import { update } from '../../src/operations/update.ts';
import { listVolumes } from '../../src/operations/volume/list.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { Plan, PlanDocument } from '../../src/schema/plan.ts';
import { makeMonitored } from '../support/monitored.ts';
import { edited, file, type Model, round, type Step } from './random-files.ts';

/** So many files, the same each time; with SC_PLAN_FILES=500 as many others. */
const { SC_PLAN_FILES, SC_PLAN_SEED } = process.env;
const parameters = {
  numRuns: 5,
  // Each container that shrinking would start is another second.
  endOnFailure: true,
  seed: 20_261_122,
  ...(SC_PLAN_FILES !== undefined && {
    numRuns: Number(SC_PLAN_FILES),
    seed: Number(SC_PLAN_SEED ?? Date.now()),
  }),
};

let sc: ReturnType<typeof makeMonitored>;
beforeAll(() => {
  sc = makeMonitored();
});
afterAll(() => sc.remove());

test('a plan says what apply does, and changes nothing; a second apply does nothing', {
  timeout: 120_000 + 10_000 * parameters.numRuns,
}, async () => {
  let count = 0;
  const property = fc.asyncProperty(round, async (steps) => {
    const name = `file-${count++}.yaml`;
    let model: Model = {};
    for (const step of steps) model = await take(name, model, step);
  });
  await fc.assert(property.beforeEach(empty), parameters);
});

async function empty(): Promise<void> {
  await deleteContainers({ force: true, volumes: true }, sc.settings);
}

/** What somebody does behind the file's back, then what the file says by now. */
async function take(name: string, model: Model, step: Step): Promise<Model> {
  const next = step.edits.reduce(edited, model);
  await disturb(step);
  const text = file(next);
  writeFileSync(join(sc.directory, name), text);
  const request = { file: name, set: {}, prune: step.prune };
  const before = await observe();
  const planned = await tried(plan(request, sc.settings, sc.caller));
  expect(await observe()).toEqual(before);
  const done = await tried(apply(request, sc.settings, sc.caller));
  const after = await observe();
  if (planned instanceof ScError || done instanceof ScError) {
    expect(said(done)).toEqual(said(planned));
    expect(after).toEqual(before);
    return next;
  }
  const told = ({ kind, name, change }: Omit<PlanDocument, 'after' | 'steps'>) => ({ kind, name, change });
  expect(done.documents).toEqual(planned.documents.map((one) => ({ ...told(one), ...ending(one) })));
  expectTrue(planned, before, after);

  const again = await plan(request, sc.settings, sc.caller);
  expect(again.documents.filter(({ change }) => change !== 'none' && change !== 'run')).toEqual([]);
  await apply(request, sc.settings, sc.caller);
  const jobs = new Set(again.documents.flatMap(({ kind, name }) => (kind === 'Job' ? [name] : [])));
  expect(without(jobs, await observe())).toEqual(without(jobs, after));
  return next;
}

function ending({ steps }: PlanDocument) {
  return { outcome: 'done', ...(steps > 0 && { milliseconds: expect.any(Number) }) };
}

async function tried<Value>(value: Promise<Value>): Promise<Value | ScError> {
  return value.catch((error: unknown) => {
    if (error instanceof ScError) return error;
    throw error;
  });
}

function said(value: unknown): unknown {
  return value instanceof ScError ? { code: value.code, message: value.message } : 'no error';
}

interface World {
  containers: { [name: string]: ContainerState };
  volumes: { [name: string]: string };
  /** What files are known to have made, and no record of anything else. */
  records: { [path: string]: string };
}

async function observe(): Promise<World> {
  const { containers } = await list({ all: true }, sc.settings);
  const { volumes } = await listVolumes({}, sc.settings);
  const records = globSync('{applied,containers,volumes}/*', { cwd: sc.root });
  return {
    containers: Object.fromEntries(containers.map((state) => [state.name, state])),
    volumes: Object.fromEntries(volumes.map(({ name, createdAt }) => [name, createdAt])),
    records: Object.fromEntries(records.map((path) => [path, contents(join(sc.root, path))])),
  };
}

function contents(path: string): string {
  return statSync(path).isFile() ? readFileSync(path, 'utf8') : 'directory';
}

function without(jobs: ReadonlySet<string>, { containers, volumes, records }: World) {
  const kept = Object.entries(containers).filter(([name]) => !jobs.has(name));
  return { containers: Object.fromEntries(kept), volumes, ...(jobs.size === 0 && { records }) };
}

/** Whether what was done is what was planned, and nothing else. */
function expectTrue({ documents, steps }: Plan, before: World, after: World): void {
  const changes = new Map(
    documents.flatMap(({ kind, name, change }) =>
      kind === 'Container' || kind === 'Job' ? [[name, change]] : [],
    ),
  );
  for (const name of new Set([...Object.keys(before.containers), ...Object.keys(after.containers)])) {
    const [one, other] = [before.containers[name], after.containers[name]];
    const change = changes.get(name) ?? 'none';
    const own = steps.filter((step) => step.name === name);
    // One that has ended is changed, and started.
    const runs = own.some((step) => step.kind === 'start') && change === 'update' ? { runs: 'anew' } : {};
    expect({ name, change, ...difference(one, other) }).toEqual({
      name,
      change,
      ...meaning[change],
      ...runs,
    });
    const fields = own.flatMap((step) => ('changes' in step ? (step.changes ?? []) : []));
    const told = fields.map(({ path }) => path).sort();
    if (one !== undefined && other !== undefined && change !== 'run')
      expect({ name, told: outer(told, specChanges(one, other)) }).toEqual({ name, told });
    const made = own.find((step) => step.kind === 'create')?.container;
    if (made !== undefined) expect(comparable(other?.spec)).toEqual(comparable(made));
  }
  const volumes = documents.filter(({ kind, change }) => kind === 'Volume' && change === 'create');
  const anonymous = Object.values(after.containers).flatMap(({ spec }) =>
    spec.mounts.flatMap((mount) => (mount.type === 'bind' ? (mount.volume?.name ?? []) : [])),
  );
  for (const name of Object.keys(after.volumes))
    if (before.volumes[name] === undefined)
      expect([...volumes.map((volume) => volume.name), ...anonymous]).toContain(name);
  for (const { name } of volumes) expect(Object.keys(after.volumes)).toContain(name);
  expect(after.volumes).toMatchObject(before.volumes);
}

type Difference = ReturnType<typeof difference>;

const meaning: { readonly [change in PlanDocument['change']]: Difference } = {
  none: { was: 'there', is: 'the same', runs: 'as before' },
  update: { was: 'there', is: 'the same', runs: 'as before' },
  create: { was: 'not there', is: 'new', runs: 'anew' },
  run: { was: expect.anything(), is: 'new', runs: 'ended' },
  replace: { was: 'there', is: 'new', runs: 'anew' },
  start: { was: 'there', is: 'the same', runs: 'anew' },
  restart: { was: 'there', is: 'the same', runs: 'anew' },
  remove: { was: 'there', is: 'gone', runs: 'not' },
};

function difference(one: ContainerState | undefined, other: ContainerState | undefined) {
  const runs = () => {
    if (other === undefined) return 'not';
    if (one?.id === other.id && one.startedAt === other.startedAt && one.status === other.status)
      return 'as before';
    return other.status === 'running' ? 'anew' : other.exit?.code === 0 ? 'ended' : other.status;
  };
  return {
    was: one === undefined ? 'not there' : 'there',
    is: other === undefined ? 'gone' : other.id === one?.id ? 'the same' : 'new',
    runs: runs(),
  };
}

/** Paths of all values that are otherwise, to the last key. */
function specChanges(one: ContainerState, other: ContainerState): string[] {
  const [before, after] = [one, other].map(({ spec }) => new Map(leaves(comparable(spec), '')));
  const paths = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return [...paths].filter((path) => before?.get(path) !== after?.get(path));
}

/** Those of `told` in which something is otherwise, and what is otherwise in none of them. */
function outer(told: readonly string[], changed: readonly string[]): string[] {
  const above = (path: string) =>
    told.find((one) => path === one || (/^[.[]/.test(path.slice(one.length)) && path.startsWith(one)));
  return [...new Set(changed.map((path) => above(path) ?? path))].sort();
}

function leaves(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}

/** Without what is each container's own. */
function comparable(spec: ContainerState['spec'] | undefined) {
  if (spec === undefined) return undefined;
  const { id, network, security, mounts, ...rest } = spec;
  const { hostname: _, ...networkOf } = network;
  const { userNamespace, ...securityOf } = security;
  const own = mounts.map((mount) =>
    mount.type === 'bind' && mount.volume?.anonymous ? { ...mount, source: '', volume: true } : mount,
  );
  return {
    ...rest,
    network: networkOf,
    security: { ...securityOf, hasOwn: userNamespace !== undefined },
    ...Object.fromEntries(own.map((mount) => [`mounts[${mount.target}]`, mount])),
  };
}

async function disturb({ disturbance }: Step): Promise<void> {
  const { what, at } = disturbance;
  const { containers } = await list({ all: true }, sc.settings);
  const all = containers.filter(({ spec }) => spec.kind === 'Container');
  const one = all[at % Math.max(1, all.length)];
  if (what === 'run') {
    const name = ['aa', 'bb', 'cc'][at % 3] ?? 'aa';
    if (!containers.some((other) => other.name === name)) await sc.run({ name }, 'sleep', '1000');
    return;
  }
  if (one === undefined) return;
  const request = { containers: [one.id] };
  if (what === 'delete') await deleteContainers({ ...request, force: true }, sc.settings);
  if (one.status !== 'running') return;
  if (what === 'stop') await stop({ ...request, timeout: 0 }, sc.settings, sc.caller);
  if (what === 'pause') await pause(request, sc.settings);
  if (what === 'update') await update({ ...request, resources: { pids: 50 + at } }, sc.settings);
  if (what === 'rename' && !one.name.startsWith('moved-'))
    await rename({ container: one.id, name: `moved-${one.id.slice(0, 8)}` }, sc.settings);
}
