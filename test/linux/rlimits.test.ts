import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Limit,
  parseLimits,
  parseRlimit,
  readHostRlimits,
  resolveRlimits,
  rlimits,
  unlimited,
} from '../../src/linux/rlimits.ts';

const roomy = new Map<string, Limit>(rlimits.map((name) => [name, { soft: unlimited, hard: unlimited }]));
const tight = new Map(roomy).set('nofile', { soft: 20000, hard: 20000 });

describe('resolveRlimits', () => {
  test('gives the defaults where nothing is wanted', () => {
    expect(resolveRlimits([], roomy, { mayRaise: false })).toEqual({
      limits: [
        { name: 'core', resource: 4, isRaised: false, soft: 0, hard: unlimited },
        { name: 'nofile', resource: 7, isRaised: false, soft: 1024, hard: 524288 },
      ],
      clamped: [],
    });
  });

  test('clamps a default to the hard limit of the host and says so', () => {
    const { limits, clamped } = resolveRlimits([], tight, { mayRaise: false });
    expect(limits).toContainEqual({ name: 'nofile', resource: 7, isRaised: false, soft: 1024, hard: 20000 });
    expect(clamped).toEqual([
      { name: 'nofile', wanted: { soft: 1024, hard: 524288 }, given: { soft: 1024, hard: 20000 } },
    ]);
  });

  test('clamps the soft limit too where even that is above the hard limit of the host', () => {
    const host = new Map(roomy).set('nofile', { soft: 512, hard: 512 });
    expect(resolveRlimits([], host, { mayRaise: true }).limits).toContainEqual({
      name: 'nofile',
      resource: 7,
      isRaised: false,
      soft: 512,
      hard: 512,
    });
  });

  test('takes a wanted limit exactly, in place of the default', () => {
    const wanted = [{ name: 'RLIMIT_NOFILE', soft: 64, hard: 128 }];
    expect(resolveRlimits(wanted, tight, { mayRaise: false })).toEqual({
      limits: [
        { name: 'core', resource: 4, isRaised: false, soft: 0, hard: unlimited },
        { name: 'nofile', resource: 7, isRaised: false, soft: 64, hard: 128 },
      ],
      clamped: [],
    });
  });

  test('refuses a wanted limit above the hard limit of the host, never clamps it', () => {
    const wanted = [{ name: 'nofile', soft: 64, hard: 20001 }];
    expect(() => resolveRlimits(wanted, tight, { mayRaise: false })).toThrow(
      `rlimit "nofile": 20001 is above the host's hard limit 20000`,
    );
    expect(() =>
      resolveRlimits([{ name: 'nofile', soft: 64, hard: unlimited }], tight, { mayRaise: false }),
    ).toThrow('rlimit "nofile": unlimited is above');
  });

  test('raises a wanted limit above the host where CAP_SYS_RESOURCE allows it', () => {
    const wanted = [{ name: 'nofile', soft: 64, hard: 20001 }];
    expect(resolveRlimits(wanted, tight, { mayRaise: true }).limits).toContainEqual({
      name: 'nofile',
      resource: 7,
      isRaised: true,
      soft: 64,
      hard: 20001,
    });
  });

  test.each([
    ['unknown rlimit "nofiles"; did you mean nofile', [{ name: 'nofiles', soft: 1, hard: 1 }]],
    [
      'rlimit "nofile" is given twice',
      [
        { name: 'nofile', soft: 1, hard: 1 },
        { name: 'RLIMIT_NOFILE', soft: 1, hard: 1 },
      ],
    ],
    ['the soft limit 2 is above the hard limit 1', [{ name: 'core', soft: 2, hard: 1 }]],
    ['the soft limit unlimited is above the hard limit 1', [{ name: 'core', soft: unlimited, hard: 1 }]],
    ['"-2" is no limit', [{ name: 'core', soft: -2, hard: 1 }]],
    ['"1.5" is no limit', [{ name: 'core', soft: 1, hard: 1.5 }]],
  ])('refuses: %s', (message, wanted) => {
    expect(() => resolveRlimits(wanted, roomy, { mayRaise: true })).toThrow(message);
  });

  test('never gives a default above the hard limit of the host', () => {
    const limit = fc.oneof(fc.constant(unlimited), fc.nat());
    fc.assert(
      fc.property(limit, limit, (core, nofile) => {
        const host = new Map([
          ['core', { soft: 0, hard: core }],
          ['nofile', { soft: 0, hard: nofile }],
        ]);
        for (const { name, soft, hard } of resolveRlimits([], host, { mayRaise: false }).limits) {
          const ceiling = host.get(name)?.hard ?? 0;
          expect(ceiling === unlimited || (hard !== unlimited && hard <= ceiling)).toBe(true);
          expect(hard === unlimited || soft <= hard).toBe(true);
        }
      }),
    );
  });
});

test('a limit is read in the forms of the field', () => {
  expect(['nofile', 'NOFILE', 'RLIMIT_NOFILE', 'rlimit_nofile'].map(parseRlimit)).toEqual(
    Array(4).fill('nofile'),
  );
});

test('the limits of this process are those that prlimit shows', () => {
  const shown = execFileSync(
    'prlimit',
    ['--pid', String(process.pid), '--raw', '--noheadings', '-o', 'RESOURCE,SOFT,HARD'],
    {
      encoding: 'utf8',
    },
  );
  const value = (text: string | undefined): number => (text === 'unlimited' ? unlimited : Number(text));
  const host = readHostRlimits();
  const lines = shown.trim().split('\n');
  expect(lines).toHaveLength(rlimits.length);
  for (const line of lines) {
    const [name = '', soft, hard] = line.split(' ');
    expect({ name, ...host.get(name.toLowerCase()) }).toEqual({ name, soft: value(soft), hard: value(hard) });
  }
});

test('a limits file of another form is an error', () => {
  expect(() => parseLimits('Limit Soft Hard\nMax cpu time\n')).toThrow('no line for rlimit "cpu"');
});
