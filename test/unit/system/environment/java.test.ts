import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { heimdallVariables } from '../../../../src/system/environment/variables.ts';
import { place } from './machine.ts';

it('a plain java takes its proxy from the variables, beside the options of the user', async () => {
  const { machine, put } = await place();
  const file = put(
    'Ask.java',
    `public class Ask { public static void main(String[] a) throws Exception {
      for (String u : new String[] {"https://api.openai.com/", "http://a.example/", "https://10.1.2.3/", "https://printer.local/", "https://localhost/"})
        System.out.println(u + " " + java.net.ProxySelector.getDefault().select(new java.net.URI(u)));
      System.out.println(System.getProperty("mine"));
    } }`,
  );
  const options = heimdallVariables(machine, { JDK_JAVA_OPTIONS: '-Dmine=yes' }).find(({ name }) => name === 'JDK_JAVA_OPTIONS')?.value ?? '';
  const env = { PATH: process.env.PATH, HOME: machine.home, JDK_JAVA_OPTIONS: options };
  const lines = execFileSync('java', [file], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .trim()
    .split('\n');
  expect(lines.map((line) => line.replace(/@ (localhost)?\/?127/, '@ 127').replace('/<unresolved>', ''))).toEqual([
    'https://api.openai.com/ [HTTP @ 127.0.0.1:7465]',
    'http://a.example/ [HTTP @ 127.0.0.1:7465]',
    'https://10.1.2.3/ [DIRECT]',
    'https://printer.local/ [DIRECT]',
    'https://localhost/ [DIRECT]',
    'yes',
  ]);
}, 30_000);
