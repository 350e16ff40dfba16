import { join } from 'node:path';
import type { OpenDriver } from '../suites/storage-driver/bench.ts';
import { testStorageDriver } from '../suites/storage-driver.ts';

const plugin = join(import.meta.dirname, '../../examples/plugins/copy/driver.js');
const { copyDriver } = (await import(plugin)) as { copyDriver: OpenDriver };

testStorageDriver(copyDriver, { showsHost: false });
