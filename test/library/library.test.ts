import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectOutput, exec, inspect, logs, processCaller, run } from '../../src/library/index.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';

let line: ReturnType<typeof makeCommandLine>;

beforeEach(() => {
  line = makeCommandLine();
});

afterEach(async () => {
  await line.deleteAll();
  await line.remove();
});

const document = (kind: string, args: string[], more: object = {}) => ({
  apiVersion: 'standard-container/v1',
  kind,
  metadata: { name: 'one' },
  image: './rootfs',
  process: { args },
  ...more,
});
const options = () => ({ workingDirectory: line.directory });
const collected = (kind: string, args: string[], more: object = {}) =>
  collectOutput((caller) => run({ document: document(kind, args, more) }, line.settings, caller), options());

describe('run', () => {
  test('a Job runs on the streams of the caller, and its end is the answer', async () => {
    const { result, stdout, stderr } = await collected('Job', ['sh', '-c', 'echo out; echo err >&2; exit 3']);
    expect(result).toMatchObject({ name: 'one', exit: { code: 3, cause: 'exit' }, removed: false });
    expect([stdout.toString(), stderr.toString()]).toEqual(['out\n', 'err\n']);
  });

  test('a Container lives on, and other operations find it', async () => {
    const { result } = await collected('Container', ['sh', '-c', 'echo begun; sleep 1000']);
    expect(result).toEqual({ id: expect.stringMatching(/^[0-9a-f]{64}$/), name: 'one' });
    expect(await inspect({ container: 'one' }, line.settings)).toMatchObject({ status: 'running' });
    const inner = await collectOutput((caller) =>
      exec({ container: 'one', args: ['echo', 'inner'] }, line.settings, caller),
    );
    expect(inner.stdout.toString()).toBe('inner\n');
    const log = await eventually(async () => {
      const { stdout } = await collectOutput((caller) =>
        logs({ container: 'one' }, 'bytes', line.settings, caller),
      );
      return stdout.length > 0 ? stdout.toString() : undefined;
    });
    expect(log).toBe('begun\n');
  });

  test('with removeOnExit nothing stays', async () => {
    const request = { document: document('Job', ['true']), removeOnExit: true };
    const { result } = await collectOutput((caller) => run(request, line.settings, caller), options());
    expect(result).toMatchObject({ removed: true });
    expect(line.exists(`store/containers/${result.id}`)).toBe(false);
    await expect(inspect({ container: result.id }, line.settings)).rejects.toMatchObject({
      code: 'SC_NOT_FOUND',
    });
  });

  test('without a name it is called by its ID', async () => {
    const { metadata, ...unnamed } = document('Job', ['true']);
    const { result } = await collectOutput(
      (caller) => run({ document: unnamed }, line.settings, caller),
      options(),
    );
    expect(result.name).toBe(result.id.slice(0, 12));
  });

  test('what is wrong with a document is told at once, and nothing is made', async () => {
    const bad = collected('Job', [], { resources: { memory: 1 }, enviroment: {} });
    await expect(bad).rejects.toMatchObject({
      code: 'SC_BAD_FILE',
      problems: expect.arrayContaining([
        expect.objectContaining({ file: 'request', message: 'unknown key "enviroment"' }),
        expect.objectContaining({ path: 'resources.memory' }),
      ]),
    });
    expect(line.exists('store')).toBe(false);
  });

  test('a kind that cannot be run is refused', async () => {
    const volume = { apiVersion: 'standard-container/v1', kind: 'Volume', metadata: { name: 'data' } };
    await expect(run({ document: volume }, line.settings, processCaller())).rejects.toMatchObject({
      code: 'SC_UNSUPPORTED',
      message: 'run "data": it is a Volume',
    });
  });
});

describe('collectOutput', () => {
  test('keeps the beginning of each stream, and the container is not held up', async () => {
    const script = 'head -c 300000 /dev/zero; echo end >&2';
    const { result, stdout, stderr } = await collectOutput(
      (caller) => run({ document: document('Job', ['sh', '-c', script]) }, line.settings, caller),
      { ...options(), limit: 1000 },
    );
    expect(result).toMatchObject({ exit: { code: 0 } });
    expect([stdout.length, stderr.toString()]).toEqual([1000, 'end\n']);
  });

  test('throws what the operation throws', async () => {
    await expect(collected('Job', ['nosuch'])).rejects.toMatchObject({ code: 'SC_PROGRAM_NOT_FOUND' });
  });
});
