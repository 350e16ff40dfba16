import fc from 'fast-check';
import { job as document } from '../support/command-line.ts';

/** What a container file says, by the names of its documents. */
export type Model = { readonly [name: string]: Container | 'Job' | 'Volume' };

interface Container {
  seconds: number;
  memory: string | undefined;
  pids: number | undefined;
  restart: string | undefined;
  label: string | undefined;
  value: string | undefined;
  volume: string | undefined;
  replicas: number | undefined;
  /** Of the documents before it, as far as they are there. */
  after: readonly string[];
  inNetworkOf: string | undefined;
}

type Edit =
  | { write: string; as: Model[string] }
  | { change: string; key: keyof Container; to: Container }
  | { drop: string };

/** Edits of a file, what somebody does to what is there, and how the file is applied then. */
export interface Step {
  edits: readonly Edit[];
  disturbance: { what: string; at: number };
  prune: boolean;
}

/** In the order in which they may depend on one another. One is what a replica of another is called. */
const names = ['aa', 'bb', 'cc', 'aa-1'] as const;

const container: fc.Arbitrary<Container> = fc.record({
  seconds: fc.constantFrom(1000, 1001),
  memory: fc.constantFrom(undefined, '32Mi', '64Mi'),
  pids: fc.constantFrom(undefined, 20, 30),
  restart: fc.constantFrom(undefined, 'on-failure', 'always'),
  label: fc.constantFrom(undefined, 'x', 'y'),
  value: fc.constantFrom(undefined, '1', '2'),
  volume: fc.constantFrom(undefined, undefined, 'data', 'true'),
  replicas: fc.constantFrom(undefined, undefined, 0, 1, 2),
  after: fc.subarray(['aa', 'bb', 'seed']),
  inNetworkOf: fc.constantFrom(undefined, undefined, 'aa', 'bb'),
});

const keys = [
  ...(['seconds', 'memory', 'pids', 'restart', 'label', 'value', 'volume', 'replicas'] as const),
  ...(['after', 'inNetworkOf'] as const),
];

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ write: fc.constantFrom(...names, 'aa', 'bb'), as: container }) },
  {
    weight: 4,
    arbitrary: fc.record({ change: fc.constantFrom(...names), key: fc.constantFrom(...keys), to: container }),
  },
  { weight: 2, arbitrary: fc.record({ drop: fc.constantFrom(...names, 'seed', 'data') }) },
  { weight: 1, arbitrary: fc.record({ write: fc.constant('seed'), as: fc.constant('Job' as const) }) },
  { weight: 1, arbitrary: fc.record({ write: fc.constant('data'), as: fc.constant('Volume' as const) }) },
);

/** What the file says after an edit. */
export function edited(model: Model, edit: Edit): Model {
  if ('write' in edit) return { ...model, [edit.write]: edit.as };
  if ('drop' in edit) return Object.fromEntries(Object.entries(model).filter(([name]) => name !== edit.drop));
  const before = model[edit.change];
  if (typeof before !== 'object') return model;
  return { ...model, [edit.change]: { ...before, [edit.key]: edit.to[edit.key] } };
}

const step: fc.Arbitrary<Step> = fc.record({
  edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
  disturbance: fc.record({
    what: fc.constantFrom(
      'nothing',
      'nothing',
      'nothing',
      'stop',
      'delete',
      'pause',
      'update',
      'rename',
      'run',
    ),
    at: fc.nat({ max: 9 }),
  }),
  prune: fc.boolean(),
});

/** Edits of one file, one after the other. */
export const round = fc.array(step, { minLength: 2, maxLength: 4 });

/** The text of a file. */
export function file(model: Model): string {
  const texts = Object.keys(model)
    .sort()
    .map((name) => textOf(name, model));
  return texts.length > 0 ? texts.join('---\n') : document('nothing', ['true']);
}

function textOf(name: string, model: Model): string {
  const own = model[name];
  if (own === 'Volume')
    return `apiVersion: standard-container/v1\nkind: Volume\nmetadata: { name: ${name} }\n`;
  if (own === 'Job' || own === undefined) return document(name, ['true']);
  const earlier = (other: string) =>
    other === 'seed' || names.indexOf(other as 'aa') < names.indexOf(name as 'aa');
  const after = own.after.filter((other) => model[other] !== undefined && earlier(other));
  const { inNetworkOf: host } = own;
  const target = host === undefined || host === name || !earlier(host) ? undefined : model[host];
  const hasNetwork =
    typeof target === 'object' && target.replicas === undefined && own.replicas === undefined;
  const monitor = own.restart === undefined ? '' : `monitor: { restart: { policy: ${own.restart} } }\n`;
  const limits = [
    ...(own.memory === undefined ? [] : [`memory: ${own.memory}`]),
    ...(own.pids === undefined ? [] : [`pids: ${own.pids}`]),
  ];
  return document(
    name,
    ['sleep', String(own.seconds)],
    [
      'signals: { stopSignal: SIGKILL }\n',
      monitor,
      limits.length > 0 ? `resources: { ${limits.join(', ')} }\n` : '',
      own.label === undefined ? '' : `labels: { team: ${own.label} }\n`,
      own.value === undefined ? '' : `environment: { VALUE: "${own.value}" }\n`,
      own.volume === undefined
        ? ''
        : `mounts: [{ volume: ${own.volume}, target: /srv${own.volume === 'true' ? '' : ', ifMissing: create'} }]\n`,
      own.replicas === undefined ? '' : `replicas: ${own.replicas}\n`,
      after.length > 0 ? `dependsOn: [${after.join(', ')}]\n` : '',
      hasNetwork ? `network: { mode: "container:${host}" }\n` : '',
    ].join(''),
  ).replace('kind: Job', 'kind: Container');
}
