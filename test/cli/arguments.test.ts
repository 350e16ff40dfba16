import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countFlags, type FlagShape, plainBooleans } from '../../src/cli/arguments.ts';
import { commandLine } from '../../src/cli/main.ts';

const flags: FlagShape[] = [
  { name: 'interactive', char: 'i', type: 'boolean' },
  { name: 'tty', char: 't', type: 'boolean' },
  { name: 'rm', type: 'boolean' },
  { name: 'volume', char: 'v', type: 'option' },
  { name: 'memory', char: 'm', type: 'option' },
  { name: 'root', type: 'option' },
  { name: 'hostname', char: 'h', type: 'option' },
  { name: 'proxy', type: 'boolean', allowNo: true },
];

describe('countFlags', () => {
  test.each([
    [['host', 'sh'], 0],
    [[], 0],
    [['--rm', 'host', '--rm'], 1],
    [['-it', 'host'], 1],
    [['-m', '1g', 'host'], 2],
    [['-m1g', 'host'], 1],
    [['-m=1g', 'host'], 1],
    [['-itv', '/a:/b', 'host'], 2],
    [['-itv/a:/b', 'host'], 1],
    [['--memory', '1g', 'host'], 2],
    [['--memory=1g', 'host'], 1],
    [['--rm', '--', '--odd-image'], 2],
    [['--unknown', 'host'], 1],
    [['-'], 0],
    [['--memory'], 1],
  ])('%j has %i words before the first that is no flag', (argv, count) => {
    expect(countFlags(argv, flags)).toBe(count);
  });

  test('never goes beyond the end, and stops at a word that is no flag', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('-i', '-it', '-m', '--rm', '--memory', '--', 'host', '-x')),
        (argv) => {
          const count = countFlags(argv, flags);
          expect(count).toBeLessThanOrEqual(argv.length);
          const next = argv[count];
          if (next !== undefined && argv[count - 1] !== '--') expect(next.startsWith('-')).toBe(false);
        },
      ),
    );
  });
});

describe('plainBooleans', () => {
  test.each([
    [
      ['--rm=true', '--tty=false', '--memory=true', '-i'],
      ['--rm', '--memory=true', '-i'],
    ],
    [['--rm', '--rm=false'], []],
    [['--rm=false', '--rm'], ['--rm']],
    [
      ['--proxy=false', '--proxy=true'],
      ['--no-proxy', '--proxy'],
    ],
    [
      ['-m', '--rm=true'],
      ['-m', '--rm=true'],
    ],
    [
      ['--', '--rm=true'],
      ['--', '--rm=true'],
    ],
  ])('%j are %j', (argv, plain) => {
    expect(plainBooleans(argv, flags)).toEqual(plain);
  });
});

describe('commandLine', () => {
  const shapes = Object.fromEntries(flags.map((flag) => [flag.name, flag]));
  const commands = [
    { id: 'ps', flags: { root: { name: 'root', type: 'option' as const } } },
    { id: 'run', flags: shapes },
  ];

  test("what follows the image is the container's, a flag for help too", () => {
    expect(commandLine(['run', '--rm', 'host', 'ls', '--help'], commands)).toEqual([
      'run',
      '--rm',
      '--',
      'host',
      'ls',
      '--help',
    ]);
  });

  test('a -- of the user before the image is not doubled, and one after it stays for the command', () => {
    expect(commandLine(['run', '--', 'host', '--', 'ls'], commands)).toEqual([
      'run',
      '--',
      'host',
      '--',
      'ls',
    ]);
    expect(commandLine(['run', 'host', '--', 'ls'], commands)).toEqual(['run', '--', 'host', '--', 'ls']);
  });

  test('help of run is asked for before the image', () => {
    expect(commandLine(['run', '--help'], commands)).toEqual(['run', '--help']);
    expect(commandLine(['run'], commands)).toEqual(['run']);
  });

  test('global flags may stand before the command', () => {
    expect(commandLine(['--root', '/x', 'ps', '-a'], commands)).toEqual(['ps', '--root', '/x', '-a']);
    expect(commandLine(['--root=/x', 'run', '-i', 'host'], commands)).toEqual([
      'run',
      '--root=/x',
      '-i',
      '--',
      'host',
    ]);
  });

  test('-h asks for help everywhere but in run, where it is the hostname', () => {
    expect(commandLine(['-h'], commands)).toEqual(['--help']);
    expect(commandLine(['ps', '-h'], commands)).toEqual(['ps', '--help']);
    expect(commandLine(['run', '-h', 'name', 'host'], commands)).toEqual(['run', '-h', 'name', '--', 'host']);
  });
});
