import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseResolvConf, resolvConf } from '../../src/network/resolv-conf.ts';

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

describe('what a text of resolv.conf says', () => {
  test('is read as resolvers do', () => {
    const text = `# made by hand
nameserver 192.0.2.1 # the first
nameserver\tfe80::1%eth0
domain example.com
search example.org sub.example.org
; sortlist 10.0.0.0
options ndots:2 rotate
options  timeout:1
nameserver`;
    expect(parseResolvConf(text)).toEqual({
      servers: ['192.0.2.1', 'fe80::1%eth0'],
      search: ['example.org', 'sub.example.org'],
      options: ['ndots:2', 'rotate', 'timeout:1'],
    });
  });

  test('is nothing of an empty one', () => {
    expect(parseResolvConf('')).toEqual(none);
  });

  test('can always be written again', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (server, domain) => {
        const parsed = parseResolvConf(`nameserver ${server}\nsearch ${domain}\n`);
        expect(parseResolvConf(resolvConf(parsed))).toEqual(parsed);
      }),
    );
  });
});
