import { resolveCapabilities } from '../../linux/capabilities.ts';
import type { Finding } from '../finding.ts';
import { parseDuration, parseSize } from '../units.ts';
import { type Check, complaintOf, containersOf, joined, select, valueAt } from './check.ts';

/** A check of a container as a whole; paths are those in the container. */
export function agreement(name: string, find: (container: unknown) => Finding[]): Check {
  return {
    name,
    run: (document) =>
      containersOf(document).flatMap(({ path, value }) =>
        find(value).map((finding) => ({ ...finding, path: joined(path, finding.path) })),
      ),
  };
}

/** Checks of fields that are right alone and not together. */
export const agreementChecks: readonly Check[] = [
  agreement('swap is counted on top of memory', (container) => {
    const path = 'resources.memorySwap';
    const swap = valueAt(container, path);
    const memory = valueAt(container, 'resources.memory');
    if (swap === undefined) return [];
    if (memory === undefined) return [{ path, message: 'there is no limit of memory beside it' }];
    const isLess = inBytes(swap) < inBytes(memory);
    return isLess
      ? [{ path, message: `"${swap}" is less than the memory "${memory}", which it includes` }]
      : [];
  }),
  agreement('what is reserved is at most the memory', (container) => {
    const path = 'resources.memoryReservation';
    const [reserved, memory] = [valueAt(container, path), valueAt(container, 'resources.memory')];
    const isMore = inBytes(reserved) > inBytes(memory);
    return isMore ? [{ path, message: `"${reserved}" is more than the memory "${memory}"` }] : [];
  }),
  agreement('a soft limit is at most the hard one', (container) =>
    select(container, 'resources.rlimits.*').flatMap(({ path, value }) => {
      const [soft, hard] = [valueAt(value, 'soft'), valueAt(value, 'hard')];
      if (!(amount(soft) > amount(hard))) return [];
      return [{ path, message: `the soft limit ${soft} is above the hard limit ${hard}` }];
    }),
  ),
  agreement('no capability is both added and dropped', (container) => {
    const path = 'security.capabilities';
    const [add, drop] = ['add', 'drop'].map((key) =>
      select(container, `${path}.${key}.*`).map(({ value }) => value),
    );
    const names = [add, drop].map((list) => (list ?? []).filter((name) => typeof name === 'string'));
    const known = names.map((list) =>
      list.filter((name) => complaintOf(() => resolveCapabilities({ add: [name] })) === undefined),
    );
    const complaint = complaintOf(() => resolveCapabilities({ add: known[0] ?? [], drop: known[1] ?? [] }));
    return complaint === undefined ? [] : [{ path, ...complaint }];
  }),
  agreement('what goes to a terminal is not expected', (container) => {
    if (valueAt(container, 'terminal.tty') !== true) return [];
    const paths = ['expect.stdout', 'expect.stderr'];
    return paths.flatMap((path) =>
      valueAt(container, path) === undefined
        ? []
        : [
            {
              path,
              message: 'with a terminal nobody listens to what it writes',
              expected: 'no terminal.tty',
            },
          ],
    );
  }),
  agreement('a network namespace is said in one place', (container) => {
    const path = 'namespaces.network';
    const namespace = valueAt(container, path);
    const mode = valueAt(container, 'network.mode');
    if (namespace === undefined || mode === undefined || mode === namespace) return [];
    const isShared = mode === 'host' || String(mode).startsWith('container:');
    if (namespace === 'private' && !isShared) return [];
    return [
      {
        path,
        message: `"${namespace}" and the network mode "${mode}" do not go together`,
        expected: 'one of them',
      },
    ];
  }),
  agreement('a container joins the network of another', (container) => {
    const name = valueAt(container, 'metadata.name');
    return ['network.mode', 'namespaces.network'].flatMap((path) =>
      valueAt(container, path) === `container:${name}`
        ? [{ path, message: `"${name}" is the container itself`, expected: 'the name of another container' }]
        : [],
    );
  }),
  agreement('clocks of its own need a time namespace', (container) => {
    const path = 'namespaces.timeOffsets';
    const namespace = valueAt(container, 'namespaces.time');
    if (select(container, `${path}.*`).length === 0 || namespace === 'private') return [];
    return [
      {
        path,
        message: 'the clocks are those of the machine',
        expected: 'namespaces.time: private beside it',
      },
    ];
  }),
  {
    name: 'a job has an end',
    run: (document) => {
      const path = 'monitor.restart.policy';
      const policy = valueAt(document, 'kind') === 'Job' ? valueAt(document, path) : undefined;
      if (policy !== 'always' && policy !== 'unless-stopped') return [];
      return [{ path, message: `a job restarted "${policy}" has no end`, expected: 'never or on-failure' }];
    },
  },
  {
    name: 'a network on a host interface names it',
    run: (document) => {
      const driver = valueAt(document, 'kind') === 'Network' ? valueAt(document, 'driver') : undefined;
      if (driver !== 'macvlan' && driver !== 'ipvlan') return [];
      if (valueAt(document, 'parent') !== undefined) return [];
      return [{ path: '', message: `missing key "parent", which driver "${driver}" needs` }];
    },
  },
];

/** Bytes, no number where it is none, and infinity for `unlimited`. */
function inBytes(value: unknown): number {
  if (value === 'unlimited') return Number.POSITIVE_INFINITY;
  return typeof value === 'string' && complaintOf(() => parseSize(value)) === undefined
    ? parseSize(value)
    : Number.NaN;
}

function amount(value: unknown): number {
  if (typeof value === 'number') return value;
  const bytes = inBytes(value);
  if (!Number.isNaN(bytes) || typeof value !== 'string') return bytes;
  return complaintOf(() => parseDuration(value)) === undefined ? parseDuration(value) : Number.NaN;
}
