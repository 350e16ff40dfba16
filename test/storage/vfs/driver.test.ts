import { vfsDriver } from '../../../src/storage/vfs/driver.ts';
import { testStorageDriver } from '../../suites/storage-driver.ts';

testStorageDriver(vfsDriver, { showsHost: false });
