import { expect, test } from 'vitest';
import { containerEnvironment } from '../../src/operations/environment.ts';
import { spec } from '../support/containers.ts';

const identity = { uid: 0, gid: 0, groups: [], home: '/root' };

test('a container has PATH, HOME and HOSTNAME, and nothing of the host', () => {
  expect(containerEnvironment(spec(['true']), identity)).toEqual([
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOME=/root',
    'HOSTNAME=test',
  ]);
});

test('TERM is there only with a terminal', () => {
  const container = spec(['true'], { terminal: { tty: true } });
  expect(containerEnvironment(container, identity)).toContain('TERM=xterm');
});

test('the file wins over the defaults, and null takes one away', () => {
  const container = spec(['true'], { environment: { PATH: '/bin', HOME: null, EMPTY: '', A: 'b=c' } });
  expect(containerEnvironment(container, identity)).toEqual([
    'PATH=/bin',
    'HOSTNAME=test',
    'EMPTY=',
    'A=b=c',
  ]);
});
