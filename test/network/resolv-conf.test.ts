import { describe, expect, test } from 'vitest';
import { resolvConf } from '../../src/network/resolv-conf.ts';

const none = { servers: [], search: [], options: [] };

describe('the text of /etc/resolv.conf', () => {
  test('is empty where nothing is declared', () => {
    expect(resolvConf(none)).toBe('');
  });

  test('has servers in their order, then one line of domains and one of options', () => {
    const declared = {
      servers: ['9.9.9.9', 'fd00::53'],
      search: ['example.org', 'example.com'],
      options: ['ndots:2', 'rotate'],
    };
    expect(resolvConf(declared)).toBe(
      'nameserver 9.9.9.9\nnameserver fd00::53\nsearch example.org example.com\noptions ndots:2 rotate\n',
    );
  });

  test.each(['servers', 'search', 'options'])('has no line that one of %s would smuggle in', (key) => {
    for (const text of ['a\nnameserver 6.6.6.6', 'a b', 'a\0', '', 'a;b', '#']) {
      expect(() => resolvConf({ ...none, [key]: [text] })).toThrow(
        expect.objectContaining({ code: 'SC_USAGE', message: expect.stringContaining('/etc/resolv.conf') }),
      );
    }
  });
});
