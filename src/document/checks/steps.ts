import type { Finding } from '../finding.ts';
import { type Check, select, valueAt } from './check.ts';

export const stepChecks: readonly Check[] = [
  {
    name: 'one side of a copy is in a container',
    run: (document) =>
      select(document, 'steps.*.copy').flatMap(({ path, value }): Finding[] => {
        const isOfHost = (key: string) => /^(\/|\.\.?(\/|$))/.test(String(valueAt(value, key)));
        if (!isOfHost('from') || !isOfHost('to')) return [];
        return [{ path, message: 'both sides are on the host', expected: 'NAME:/PATH on one of them' }];
      }),
  },
  {
    name: 'containers of steps have names of their own',
    run: (document, { first }) => {
      const seen = new Set<unknown>();
      return select(document, 'steps.*.run.name').flatMap(({ path, value }): Finding[] => {
        const other = first.get(`Container ${value}`);
        const isOfStep = seen.has(value);
        seen.add(value);
        if (isOfStep) return [{ path, message: `a step before it runs "${value}" too` }];
        // A Job of steps is no container itself.
        if (other === undefined || valueAt(other, 'steps') !== undefined) return [];
        return [{ path, message: `another document is named "${value}" too` }];
      });
    },
  },
];
