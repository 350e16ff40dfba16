import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostsFile } from '../../src/network/hosts.ts';

describe('the text of /etc/hosts', () => {
  test('has localhost and the own name', () => {
    expect(hostsFile({ hostname: 'box', hosts: {} })).toBe(
      '127.0.0.1\tlocalhost\n::1\tlocalhost\tip6-localhost\tip6-loopback\n127.0.1.1\tbox\n',
    );
  });

  test('has the whole of a name with dots first, which makes it the canonical one', () => {
    expect(hostsFile({ hostname: 'box.example.org', hosts: {} })).toContain(
      '127.0.1.1\tbox.example.org\tbox\n',
    );
  });

  test('has the own name at the address of its network', () => {
    expect(hostsFile({ hostname: 'box', hosts: {} }, '10.0.0.2')).toContain('10.0.0.2\tbox\n');
  });

  test('has a machine named localhost once', () => {
    expect(hostsFile({ hostname: 'localhost', hosts: {} })).not.toContain('127.0.1.1');
  });

  test('has declared names at the end, in their order', () => {
    const hosts = { database: '10.0.0.7', six: 'fd00::7' };
    expect(hostsFile({ hostname: 'box', hosts })).toMatch(/\nfd00::7\tsix\n$/);
    expect(hostsFile({ hostname: 'box', hosts })).toContain('\n10.0.0.7\tdatabase\nfd00::7\tsix\n');
  });

  test('gives a declared name no other address, whatever its case', () => {
    const text = hostsFile({ hostname: 'box', hosts: { BOX: '10.0.0.2', localhost: '10.0.0.3' } });
    expect(text).toBe('::1\tip6-localhost\tip6-loopback\n10.0.0.2\tBOX\n10.0.0.3\tlocalhost\n');
  });

  test.each(['a\nb', 'a b', 'a\tb', 'a\0b', 'a#b', '', 'a\u2028b', 'a\rb'])(
    'has no line or word that %j would smuggle in',
    (text) => {
      const expected = expect.objectContaining({ code: 'SC_USAGE' });
      expect(() => hostsFile({ hostname: text, hosts: {} })).toThrow(expected);
      expect(() => hostsFile({ hostname: 'box', hosts: { [text]: '10.0.0.1' } })).toThrow(expected);
      expect(() => hostsFile({ hostname: 'box', hosts: { name: text } })).toThrow(expected);
    },
  );

  test('has as many lines as there are addresses, or there is none', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (hosts) => {
        const names = Object.keys(hosts).map((name) => name.toLowerCase());
        fc.pre(!names.some((name) => /^(box|localhost|ip6-.*)$/.test(name)));
        try {
          expect(hostsFile({ hostname: 'box', hosts }).split('\n')).toHaveLength(4 + names.length);
        } catch (error) {
          expect(error).toMatchObject({ code: 'SC_USAGE' });
        }
      }),
    );
  });
});
