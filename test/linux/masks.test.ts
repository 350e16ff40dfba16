import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultMaskedPaths, defaultReadOnlyPaths, thermalThrottlePaths } from '../../src/linux/masks.ts';

test('the default paths are sorted, absolute and without duplicates', () => {
  for (const paths of [defaultMaskedPaths, defaultReadOnlyPaths]) {
    expect(paths).toEqual([...new Set(paths)].sort());
    for (const path of paths) expect(path).toMatch(/^\/(proc|sys)\/[a-z_/-]+$/);
  }
});

test('what is masked is not below what is read-only, nor the other way round', () => {
  for (const masked of defaultMaskedPaths) {
    for (const readOnly of defaultReadOnlyPaths) {
      expect(`${masked}/`.startsWith(`${readOnly}/`) || `${readOnly}/`.startsWith(`${masked}/`)).toBe(false);
    }
  }
});

test('the throttle counters of the cores that have them are found, in the order of the cores', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sc-masks-'));
  try {
    for (const core of ['cpu10', 'cpu2', 'cpufreq', 'cpuidle']) {
      mkdirSync(join(directory, core, 'thermal_throttle'), { recursive: true });
    }
    mkdirSync(join(directory, 'cpu3'));
    expect(thermalThrottlePaths(directory)).toEqual([
      join(directory, 'cpu2/thermal_throttle'),
      join(directory, 'cpu10/thermal_throttle'),
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('this host answers without an error', () => {
  expect(thermalThrottlePaths()).toEqual(expect.any(Array));
});
