import { parseOwner } from '../owner.ts';
import { type Check, complaintOf, valueAt } from './check.ts';

export const volumeChecks: readonly Check[] = [
  {
    name: 'a volume belongs to numbers',
    run: (document) => {
      const owner = valueAt(document, 'kind') === 'Volume' ? valueAt(document, 'owner') : undefined;
      // What is wrong with a number is told of all users.
      if (typeof owner !== 'string' || !/(^|:)(?!root(:|$))[a-zA-Z_]/.test(owner)) return [];
      const complaint = complaintOf(() => parseOwner(owner));
      return complaint === undefined ? [] : [{ path: 'owner', ...complaint }];
    },
  },
  {
    name: 'a volume has a name that sc does not give',
    run: (document) => {
      const name = valueAt(document, 'kind') === 'Volume' ? valueAt(document, 'metadata.name') : undefined;
      if (typeof name !== 'string' || !/^[0-9a-f]{64}$/.test(name)) return [];
      return [
        {
          path: 'metadata.name',
          message: 'found 64 hex digits, which sc itself names volumes by',
          expected: 'another name',
        },
      ];
    },
  },
];
