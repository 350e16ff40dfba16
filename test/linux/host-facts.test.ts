import { expect, test } from 'vitest';
import { probeHost } from '../../src/linux/host-facts.ts';

test('a host that runs these tests has all that a container needs', () => {
  const facts = probeHost();
  expect(facts).toMatchObject({
    kernel: expect.stringMatching(/^\d+\.\d+/),
    capabilities: expect.arrayContaining(['CAP_SYS_ADMIN']),
    seccomp: true,
    libseccomp: {
      path: expect.stringMatching(/^\/.*libseccomp\.so\.2$/),
      version: expect.stringMatching(/^2\.\d+\.\d+$/),
    },
    cgroups: { mode: expect.stringMatching(/^(v1|v2|hybrid)$/) },
  });
  expect(facts.rlimits.get('nofile')?.hard).toBeGreaterThan(0);
});
