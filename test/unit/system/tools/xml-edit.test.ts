// One option of a settings file of JetBrains is edited, and nothing else.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { xmlFormat } from '../../../../src/system/tools/xml-edit.ts';

const path = ['HttpConfigurable', 'PROXY_HOST'];

/** As IntelliJ IDEA writes it. */
const settings = `<application>
  <component name="HttpConfigurable">
    <option name="myGenericPasswords">
      <map>
        <entry key="a" value="b" />
      </map>
    </option>
    <option name="PROXY_EXCEPTIONS" value="*.corp &amp; more" />
    <!-- <option name="PROXY_HOST" value="not this" /> -->
  </component>
  <component name="Other" flag="1" />
</application>`;

test('an option is added behind the others', () => {
  const after = xmlFormat.set(settings, path, '127.0.0.1');
  expect(after.split('\n').filter((line) => !settings.split('\n').includes(line))).toEqual(['    <option name="PROXY_HOST" value="127.0.0.1" />']);
  expect(xmlFormat.get(after, path)).toBe('127.0.0.1');
  expect(xmlFormat.remove(after, path)).toBe(settings);
  expect(xmlFormat.get(settings, ['HttpConfigurable', 'PROXY_EXCEPTIONS'])).toBe('*.corp & more');
});

test('a value is replaced in its place', () => {
  expect(xmlFormat.set(settings, ['HttpConfigurable', 'PROXY_EXCEPTIONS'], 'a&"b')).toBe(settings.replace('*.corp &amp; more', 'a&amp;&quot;b'));
});

test('an empty file becomes a settings file', () => {
  expect(xmlFormat.set('', path, 'x')).toBe(
    '<application>\n  <component name="HttpConfigurable">\n    <option name="PROXY_HOST" value="x" />\n  </component>\n</application>\n',
  );
});

test.each(['<application>', '<application><a></b></application>', '<project></project>', '<application a=b></application>', 'text'])(
  '%j is not understood',
  (text) => {
    expect(xmlFormat.fault(text)).toBeTypeOf('string');
  },
);

const documents = fc
  .tuple(
    fc.constantFrom('', '<?xml version="1.0"?>\n', '\uFEFF'),
    fc.array(
      fc.constantFrom(
        '  <component name="HttpConfigurable">\n    <option name="A" value="1" />\n  </component>\n',
        '  <component name="HttpConfigurable">\n  </component>\n',
        '  <component name="Other"><option name="PROXY_HOST" value="2"></option></component>\n',
        '  <component name="HttpConfigurable"></component>',
        '<!-- </application> -->\n',
        '\n',
      ),
      { maxLength: 4 },
    ),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([head, parts, isEnded, hasCrlf]) => {
    const text = `${head}<application>\n${parts.join('')}</application>${isEnded ? '\n' : ''}`;
    return hasCrlf ? text.replaceAll('\n', '\r\n') : text;
  });

test('what is set and removed again leaves the same bytes', () => {
  fc.assert(
    fc.property(documents, (text) => {
      expect(xmlFormat.fault(text)).toBeUndefined();
      const after = xmlFormat.set(text, path, '127.0.0.1');
      expect(xmlFormat.get(after, path)).toBe('127.0.0.1');
      const removed = xmlFormat.remove(after, path);
      expect(xmlFormat.has(text, path.slice(0, 1)) ? removed : xmlFormat.prune(removed, path.slice(0, 1))).toBe(text);
    }),
  );
});
