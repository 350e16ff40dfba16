import { isIP } from 'node:net';
import { parseCapability } from '../../linux/capabilities.ts';
import { parseSignal } from '../../linux/signals.ts';
import { type Complaint, inWords } from '../finding.ts';
import { formatSize, parseDuration, parseSize } from '../units.ts';
import { type Check, complaintOf, textCheck } from './check.ts';

const sizes = ['memory', 'memorySwap', 'memoryReservation', 'shm', 'hugetlb.*', 'rlimits.*', 'rlimits.*.*']
  .concat(['io.devices.*.readRate', 'io.devices.*.writeRate'])
  .map((path) => `container.resources.${path}`)
  .concat(['container.mounts.*.size', 'container.logging.maxSize', 'size']);

const times = ['monitor.timeout', 'monitor.restart.*', 'monitor.health.*', 'signals.stopTimeout']
  .concat(['resources.rlimits.rttime', 'resources.rlimits.rttime.*'])
  .map((path) => `container.${path}`)
  .concat(['steps.*.stop.timeout', 'steps.*.wait.timeout']);

const secondsOnly = ['resources.rlimits.cpu', 'resources.rlimits.cpu.*', 'hooks.*.*.timeout'].map(
  (path) => `container.${path}`,
);

const addresses = ['container.network.dns.servers.*', 'container.network.hosts.*', 'gateway'].concat(
  'container.network.networks.*.addresses.*',
);

/** Below it the kernel kills what sets a container up: the control groups of sc take no less either. */
const minimumMemory = 6 * 1024 * 1024;

/** Checks of single texts that have the right form and may still mean nothing. */
export const textChecks: readonly Check[] = [
  textCheck('sizes are whole bytes', sizes, (text) =>
    /(B|[KMGTP]i)$/.test(text) ? complaintOf(() => parseSize(text)) : undefined,
  ),
  textCheck('memory is enough for a start', ['container.resources.memory'], (text) => {
    if (complaintOf(() => parseSize(text)) !== undefined || parseSize(text) >= minimumMemory)
      return undefined;
    return { message: `found ${inWords(text)}`, expected: `at least ${formatSize(minimumMemory)}` };
  }),
  textCheck('times are whole milliseconds', times, (text) =>
    /^\d.*[a-z]$/.test(text) ? complaintOf(() => parseDuration(text)) : undefined,
  ),
  textCheck('offsets of clocks are whole milliseconds', ['container.namespaces.timeOffsets.*'], (text) =>
    /^-?\d.*[a-z]$/.test(text) ? complaintOf(() => parseDuration(text.replace('-', ''))) : undefined,
  ),
  textCheck('processor time and hooks are limited in whole seconds', secondsOnly, (text) => {
    if (text === 'unlimited') return undefined;
    const complaint = complaintOf(() => parseDuration(text));
    if (complaint || parseDuration(text) % 1000 === 0) return complaint;
    return { message: `found ${inWords(text)}`, expected: 'whole seconds' };
  }),
  textCheck(
    'users are numbers below 2^31 or names',
    ['container.process.user', 'container.mounts.*.owner', 'owner'],
    userComplaint,
  ),
  textCheck(
    'groups are numbers below 2^31 or names',
    ['container.process.additionalGroups.*'],
    userComplaint,
  ),
  textCheck('signals are known', ['container.signals.stopSignal'], (text) =>
    complaintOf(() => parseSignal(text)),
  ),
  textCheck(
    'capabilities are known',
    ['container.security.capabilities.add.*', 'container.security.capabilities.drop.*'],
    (text) => (text === 'ALL' ? undefined : complaintOf(() => parseCapability(text))),
  ),
  textCheck('addresses are addresses', addresses, (text) =>
    isIP(text) === 0 ? { message: `found ${inWords(text)}`, expected: 'an IPv4 or IPv6 address' } : undefined,
  ),
  textCheck('subnets have a prefix of their address', ['subnets.*', 'ipRange'], subnetComplaint),
  textCheck('lists of numbers go upwards', ['container.resources.cpuset.*'], numberListComplaint),
  textCheck(
    'regular expressions can be read',
    ['container.expect.stdout.matches', 'container.expect.stderr.matches'],
    regularExpressionComplaint,
  ),
];

/** What begins like a number is one, and has to be decimal from 0 to 2147483647 (CVE-2024-40635). */
function userComplaint(text: string): Complaint | undefined {
  const wrong = text.split(':').find((part) => {
    if (/^[-+]|^0x/i.test(part)) return true;
    return /^\d+$/.test(part) && (Number(part) > 2 ** 31 - 1 || part !== String(Number(part)));
  });
  if (wrong === undefined) return undefined;
  return { message: `found the number ${inWords(wrong)}`, expected: 'a decimal number from 0 to 2147483647' };
}

function subnetComplaint(text: string): Complaint | undefined {
  const [address = '', prefix] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (Number(prefix) <= bits) return undefined;
  return { message: `found ${inWords(text)}`, expected: 'an address range, such as 10.89.0.0/24' };
}

function numberListComplaint(text: string): Complaint | undefined {
  const wrong = text.split(',').find((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return first !== undefined && last !== undefined && first > last;
  });
  return wrong === undefined ? undefined : { message: `range ${inWords(wrong)} ends before it begins` };
}

function regularExpressionComplaint(text: string): Complaint | undefined {
  try {
    new RegExp(text, 'u');
    return undefined;
  } catch {
    return { message: `found ${inWords(text)}`, expected: 'a regular expression of JavaScript' };
  }
}
