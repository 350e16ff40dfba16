import { readFileSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';

/** A limit without limit. As an unsigned 64-bit word, -1 is the kernel's own RLIM_INFINITY. */
export const unlimited = -1;

/** In the limit's own unit: bytes, seconds, microseconds or a count (getrlimit(2)). */
export interface Limit {
  soft: number;
  hard: number;
}

interface Rlimit extends Limit {
  /** `nofile`, in lower case and without RLIMIT_. */
  name: string;
}

export interface ResolvedRlimits {
  /** What to set, by number; `resource` is the number that prlimit(2) takes; to raise the hard one takes the host's rights. */
  limits: (Rlimit & { resource: number; isRaised: boolean })[];
  /** Defaults that the host's hard limit made smaller. */
  clamped: { name: string; wanted: Limit; given: Limit }[];
}

/** Every limit by number, 0 to 15; /proc/PID/limits has them in this order. */
export const rlimits: readonly string[] =
  'cpu fsize data stack core rss nproc nofile memlock as locks sigpending msgqueue nice rtprio rttime'.split(
    ' ',
  );

/** The name of `nofile`, `NOFILE` or `RLIMIT_NOFILE`. Throws SC_USAGE with the near misses. */
export function parseRlimit(text: string): string {
  const name = text.toLowerCase().replace(/^rlimit_/, '');
  if (rlimits.includes(name)) return name;
  throw new ScError('SC_USAGE', `unknown rlimit "${text}"${didYouMean(name, rlimits)}`);
}

/**
 * The limits of a container: those that the user wants, exactly, and the defaults for the others.
 * A default is clamped to the hard limit of `host`. A wanted limit above it takes CAP_SYS_RESOURCE
 * (`mayRaise`) and throws SC_HOST_UNFIT without; an unknown name, a duplicate, a soft limit above the
 * hard one and a number that is no limit throw SC_USAGE.
 */
export function resolveRlimits(
  wanted: readonly Rlimit[],
  host: ReadonlyMap<string, Limit>,
  { mayRaise }: { mayRaise: boolean },
): ResolvedRlimits {
  const resolved = new Map<string, Limit>();
  for (const limit of wanted) {
    const name = parseRlimit(limit.name);
    if (resolved.has(name)) throw new ScError('SC_USAGE', `rlimit "${name}" is given twice`);
    checkOrder(name, limit);
    const ceiling = hardLimit(host, name);
    if (isAbove(limit.hard, ceiling) && !mayRaise) throw aboveHost(name, limit.hard, ceiling);
    resolved.set(name, { soft: limit.soft, hard: limit.hard });
  }

  const clamped: ResolvedRlimits['clamped'] = [];
  for (const [name, limit] of defaults(host)) {
    if (resolved.has(name)) continue;
    const hard = lower(limit.hard, hardLimit(host, name));
    const given = { soft: lower(limit.soft, hard), hard };
    if (given.hard !== limit.hard) clamped.push({ name, wanted: limit, given });
    resolved.set(name, given);
  }

  const limits = [...resolved].map(([name, limit]) => ({
    name,
    resource: rlimits.indexOf(name),
    ...limit,
    isRaised: isAbove(limit.hard, hardLimit(host, name)),
  }));
  return { limits: limits.sort((left, right) => left.resource - right.resource), clamped };
}

/**
 * What a container gets whatever the shell of its caller had set.
 * - `nofile`: the pair that systemd gives to services. A soft limit of 1024 keeps select(2) right and
 *   loops over all descriptors short; a program that wants more raises it. It cannot be inherited:
 *   Node raises the soft limit of its own process to the hard one at start.
 * - `core`: no file for a crash, as in the kernel's first process: it would fall into the container's own
 *   writes and into the image that is committed from them. A program that wants one raises it.
 * - `nproc` has none: the kernel counts it per user over all of the host, so that containers would starve
 *   one another. The pids controller counts per container.
 */
function defaults(host: ReadonlyMap<string, Limit>): [string, Limit][] {
  return [
    ['core', { soft: 0, hard: hardLimit(host, 'core') }],
    ['nofile', { soft: 1024, hard: 524288 }],
  ];
}

/** The limits of this process, which a child inherits. The soft `nofile` is not the caller's (see above). */
export function readHostRlimits(): Map<string, Limit> {
  return parseLimits(readFileSync('/proc/self/limits', 'utf8'));
}

/** Reads the text of /proc/PID/limits. Throws SC_HOST_UNFIT where it has another form. */
export function parseLimits(text: string): Map<string, Limit> {
  const lines = text.split('\n').slice(1, rlimits.length + 1);
  const limits = new Map<string, Limit>();
  for (const [resource, name] of rlimits.entries()) {
    // `Max open files            1024                 524288               files`
    const [, soft, hard] = /^Max .*? {2,}(unlimited|\d+) +(unlimited|\d+)/.exec(lines[resource] ?? '') ?? [];
    if (soft === undefined || hard === undefined) {
      throw new ScError('SC_HOST_UNFIT', `read "/proc/self/limits": no line for rlimit "${name}"`);
    }
    limits.set(name, { soft: parseLimit(soft), hard: parseLimit(hard) });
  }
  return limits;
}

function parseLimit(text: string): number {
  return text === 'unlimited' ? unlimited : Number(text);
}

function hardLimit(host: ReadonlyMap<string, Limit>, name: string): number {
  return host.get(name)?.hard ?? unlimited;
}

function isAbove(left: number, right: number): boolean {
  return right !== unlimited && (left === unlimited || left > right);
}

function lower(left: number, right: number): number {
  return isAbove(left, right) ? right : left;
}

function checkOrder(name: string, { soft, hard }: Limit): void {
  for (const value of [soft, hard]) {
    if (value === unlimited || (Number.isSafeInteger(value) && value >= 0)) continue;
    throw new ScError('SC_USAGE', `rlimit "${name}": "${value}" is no limit`, {
      hint: `a whole number, or ${unlimited} for no limit`,
    });
  }
  if (isAbove(soft, hard)) {
    throw new ScError(
      'SC_USAGE',
      `rlimit "${name}": the soft limit ${inWords(soft)} is above the hard limit ${hard}`,
    );
  }
}

function aboveHost(name: string, hard: number, ceiling: number): ScError {
  return new ScError(
    'SC_HOST_UNFIT',
    `rlimit "${name}": ${inWords(hard)} is above the host's hard limit ${ceiling}`,
    {
      errno: 'EPERM',
      hint: `at most ${ceiling}, or a higher hard limit of who starts sc, which has no CAP_SYS_RESOURCE`,
    },
  );
}

function inWords(value: number): string {
  return value === unlimited ? 'unlimited' : String(value);
}
