import { type Check, valueAt } from './check.ts';

export const imageChecks: readonly Check[] = [
  {
    name: 'only of several images one is named',
    run: (document) => {
      const path = 'source.reference';
      const source = valueAt(document, 'kind') === 'Image' ? valueAt(document, 'source') : undefined;
      if (valueAt(source, 'reference') === undefined) return [];
      if (['archive', 'oci'].some((key) => valueAt(source, key) !== undefined)) return [];
      return [{ path, atKey: true, message: 'key "reference" goes only with "archive" or "oci"' }];
    },
  },
];
