import { describe, expect, test } from 'vitest';
import { changedConfig } from '../../../src/operations/image/config-change.ts';

describe('changedConfig', () => {
  test.each([
    ['CMD ["web", "-v"]', { Cmd: ['web', '-v'] }],
    ['CMD web -v', { Cmd: ['/bin/sh', '-c', 'web -v'] }],
    ['CMD [ -f /x ] && web', { Cmd: ['/bin/sh', '-c', '[ -f /x ] && web'] }],
    ['entrypoint ["/bin/web"]', { Entrypoint: ['/bin/web'] }],
    ['ENV A=1 B="two words" C=\'$x\'', { Env: ['A=1', 'B=two words', 'C=$x'] }],
    ['ENV A the rest of it', { Env: ['A=the rest of it'] }],
    ['LABEL team=payments "a b"=c\\ d', { Labels: { team: 'payments', 'a b': 'c d' } }],
    ['USER 1000:1000', { User: '1000:1000' }],
    ['WORKDIR /srv', { WorkingDir: '/srv' }],
    ['EXPOSE 80 53/udp', { ExposedPorts: { '80/tcp': {}, '53/udp': {} } }],
    ['VOLUME ["/data", "/log"]', { Volumes: { '/data': {}, '/log': {} } }],
    ['STOPSIGNAL SIGINT', { StopSignal: 'SIGINT' }],
    ['HEALTHCHECK NONE', { Healthcheck: { Test: ['NONE'] } }],
    [
      'HEALTHCHECK --interval=10s --retries=3 CMD curl --fail http://localhost/',
      {
        Healthcheck: {
          Test: ['CMD-SHELL', 'curl --fail http://localhost/'],
          Interval: 10_000_000_000,
          Retries: 3,
        },
      },
    ],
    ['HEALTHCHECK CMD ["true"]', { Healthcheck: { Test: ['CMD', 'true'] } }],
  ])('%s', (text, config) => {
    expect(changedConfig({}, [text])).toEqual(config);
  });

  test('changes what is there, one after another', () => {
    const before = { Env: ['PATH=/bin', 'A=1'], Labels: { a: 'b' }, WorkingDir: '/srv', Cmd: ['web'] };
    expect(changedConfig(before, ['ENV A=2 C=3', 'LABEL c=d', 'WORKDIR www'])).toEqual({
      Env: ['PATH=/bin', 'A=2', 'C=3'],
      Labels: { a: 'b', c: 'd' },
      WorkingDir: '/srv/www',
      Cmd: ['web'],
    });
  });

  test.each([
    ['RUN apt-get update', 'there is no instruction "RUN"'],
    ['CMF ["web"]', 'did you mean CMD'],
    ['CMD', 'it says nothing'],
    ['ENV A="b', 'a " has no end'],
    ['ENV =b', '"=b" has no name and value'],
    ['EXPOSE http', '"http" is no port'],
    ['STOPSIGNAL SIGNOTHING', 'SIGNOTHING'],
    ['HEALTHCHECK curl', 'it is neither NONE nor CMD'],
    ['HEALTHCHECK --every=10s CMD curl', '"--every=10s" is no flag of it'],
  ])('refuses %s', (text, why) => {
    expect(() => changedConfig({}, [text])).toThrow(`change ${JSON.stringify(text)}: `);
    expect(() => changedConfig({}, [text])).toThrow(why);
  });
});
