import type { Complaint, Finding } from '../finding.ts';
import { formatSize, parseDuration, parseSize } from '../units.ts';
import { agreement } from './agreement.ts';
import { type Check, complaintOf, select, textCheck } from './check.ts';

/** Bytes, as in schema/container-spec.schema.json. */
const SMALLEST_LOG = 4096;

/** Fields of the monitoring that are times in which something is done. */
const spans = ['timeout', 'health.interval', 'health.timeout', 'health.startInterval'];

const rates = ['readRate', 'writeRate', 'readOperations', 'writeOperations'];

/** Checks of limits that have the right form, and that the kernel would take for something else. */
export const limitChecks: readonly Check[] = [
  textCheck('a tmpfs has a size', ['container.resources.shm', 'container.mounts.*.size'], (text) =>
    // To tmpfs 0 is without limit.
    bytes(text) === 0 ? { message: `found "${text}"`, expected: 'more than 0B' } : undefined,
  ),
  textCheck('a file of a log has room', ['container.logging.maxSize'], (text) => {
    const size = bytes(text);
    if (size === undefined || size >= SMALLEST_LOG) return undefined;
    return { message: `found "${text}"`, expected: `at least ${formatSize(SMALLEST_LOG)}` };
  }),
  textCheck(
    'what is timed has time',
    [...spans.map((path) => `container.monitor.${path}`), 'container.hooks.*.*.timeout'],
    (text) =>
      complaintOf(() => parseDuration(text)) === undefined && parseDuration(text) === 0
        ? { message: `found "${text}"`, expected: 'more than 0s' }
        : undefined,
  ),
  agreement('rates of devices let something through', (container) =>
    rates.flatMap((rate) =>
      select(container, `resources.io.devices.*.${rate}`).flatMap(({ path, value }) => {
        if (value !== 0 && !(typeof value === 'string' && bytes(value) === 0)) return [];
        return [{ path, message: `found ${value}`, expected: 'more than 0, or no such limit' }];
      }),
    ),
  ),
  agreement('huge pages are limited in whole pages, each size once', (container) => {
    const seen = new Map<number, string>();
    return select(container, 'resources.hugetlb.*').flatMap(({ path, value }): Finding[] => {
      const name = path.slice('resources.hugetlb.'.length);
      const [size, limit] = [bytes(name), typeof value === 'string' ? bytes(value) : undefined];
      if (size === undefined) return [];
      const earlier = seen.get(size);
      seen.set(size, name);
      if (earlier !== undefined) return [{ path, message: `"${name}" is the page size "${earlier}" again` }];
      const complaint = limit === undefined ? undefined : wholePages(name, size, limit);
      return complaint === undefined ? [] : [{ path, ...complaint }];
    });
  }),
];

/** The kernel would round down to whole pages. */
function wholePages(name: string, size: number, limit: number): Complaint | undefined {
  if (size === 0) return { message: 'pages have a size', expected: 'a page size above 0B' };
  if (limit % size === 0) return undefined;
  const below = Math.floor(limit / size) * size;
  const expected = `${formatSize(below)} or ${formatSize(below + size)}`;
  return { message: `${formatSize(limit)} are no whole pages of ${name}`, expected };
}

/** Nothing where it is no size, which is said elsewhere. */
function bytes(text: string): number | undefined {
  return complaintOf(() => parseSize(text)) === undefined ? parseSize(text) : undefined;
}
