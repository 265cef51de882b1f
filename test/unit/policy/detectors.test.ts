import { describe, expect, it } from 'vitest';
import { detectorIds } from '../../../src/contract/policy.ts';
import type { DetectorId } from '../../../src/contract/policy.ts';
import { detect } from '../../../src/policy/detectors.ts';

const b64url = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const signed = `${b64url({ alg: 'HS256', typ: 'JWT' })}.${b64url({ sub: '1234567890' })}.${'s'.repeat(43)}`;
const encrypted = `${b64url({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.${'k'.repeat(40)}.${'i'.repeat(16)}.${'c'.repeat(60)}.${'t'.repeat(22)}`;
const unsigned = `${b64url({ alg: 'none' })}.${b64url({ sub: 'x' })}.`;
const mixed = (length: number): string => 'aB3dE5gH7jK9'.repeat(Math.ceil(length / 12)).slice(0, length);
const material = Array.from({ length: 4 }, (_, line) => mixed(64 - line)).join('\n');
const pem = (label: string, body: string = material): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;

/** Each text holds exactly these values of the detector; `undefined` stands for the whole text. */
const positives: Record<DetectorId, readonly (readonly [text: string, ...values: string[]])[]> = {
  'aws-access-key': [
    ['AKIAIOSFODNN7EXAMPLE'],
    ['export AWS_ACCESS_KEY_ID=ASIAQWERTYUIOP234567;', 'ASIAQWERTYUIOP234567'],
    ['{"id":"AKIAIOSFODNN7EXAMPLE"}', 'AKIAIOSFODNN7EXAMPLE'],
    ['aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
    ['{\\"SecretAccessKey\\": \\"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\\"}', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
    ['AKIAIOSFODNN7EXAMPLE AKIAIOSFODNN7EXAMPLF', 'AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLF'],
  ],
  'github-token': [
    [`ghp_${mixed(36)}`],
    [`token ghs_${mixed(36)}.`, `ghs_${mixed(36)}`],
    [`ghs_12345_${signed}`],
    [`github_pat_${mixed(22)}_${mixed(59)}`],
    [`https://x:gho_${mixed(36)}@github.com/o/r`, `gho_${mixed(36)}`],
  ],
  'openai-key': [
    [`sk-${mixed(20)}T3BlbkFJ${mixed(20)}`],
    [`key: sk-proj-${mixed(60)}_-${mixed(60)}`, `sk-proj-${mixed(60)}_-${mixed(60)}`],
    [`sk-svcacct-${mixed(40)}`],
  ],
  'anthropic-key': [[`sk-ant-api03-${mixed(93)}AA`], [`ANTHROPIC_API_KEY='sk-ant-oat01-${mixed(60)}'`, `sk-ant-oat01-${mixed(60)}`]],
  'google-api-key': [[`AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe`], [`?key=AIza${mixed(35)}&x=1`, `AIza${mixed(35)}`]],
  'slack-token': [
    [`xoxb-123456789012-1234567890123-${mixed(24)}`],
    [`xoxe.xoxp-1-${mixed(60)}`, `xoxp-1-${mixed(60)}`],
    [`xapp-1-A0123456789-1234567890123-${mixed(64)}`],
    [`https://hooks.slack.com/services/T0123ABCD/B0123ABCD/${mixed(24)}`, `hooks.slack.com/services/T0123ABCD/B0123ABCD/${mixed(24)}`],
  ],
  'stripe-key': [[`sk_live_${mixed(24)}`], [`STRIPE=rk_live_${mixed(99)}`, `rk_live_${mixed(99)}`], [`sk_test_${mixed(24)}`], [`whsec_${mixed(32)}`]],
  jwt: [[signed], [`Authorization: Bearer ${signed}, next`, signed], [unsigned], [encrypted]],
  'private-key': [
    [pem('RSA PRIVATE KEY')],
    [pem('PRIVATE KEY')],
    [pem('EC PRIVATE KEY')],
    [pem('OPENSSH PRIVATE KEY')],
    [pem('ENCRYPTED PRIVATE KEY')],
    [pem('PGP PRIVATE KEY BLOCK', `Version: GnuPG v2\n\n${material}\n=abcd`)],
    [pem('RSA PRIVATE KEY', `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011\n\n${material}`)],
    [`key: ${pem('RSA PRIVATE KEY')} and more`, pem('RSA PRIVATE KEY')],
    [pem('PRIVATE KEY').replaceAll('\n', '\\n')],
    [pem('PRIVATE KEY').replaceAll('\n', ' ')],
    // The end is missing.
    [`-----BEGIN RSA PRIVATE KEY-----\n${material}`],
    [`-----BEGIN RSA PRIVATE KEY-----\n${material}\n\nplease explain this`, `-----BEGIN RSA PRIVATE KEY-----\n${material}`],
    [`${pem('EC PRIVATE KEY')}\n${pem('PRIVATE KEY')}`, pem('EC PRIVATE KEY'), pem('PRIVATE KEY')],
  ],
  email: [
    ['jane.doe@example.com'],
    ['Write to <j_d+tag@mail.example.co.uk>.', 'j_d+tag@mail.example.co.uk'],
    ['mailto:bob@example.org?subject=x', 'bob@example.org'],
    ["(o'brien@example.ie)", "o'brien@example.ie"],
    ['a@b.io,c@d.io', 'a@b.io', 'c@d.io'],
    ['mail bob@example.com...', 'bob@example.com'],
  ],
  'card-number': [
    ['4111111111111111'],
    ['4111 1111 1111 1111'],
    ['5555-5555-5555-4444'],
    ['378282246310005'],
    ['3782 822463 10005'],
    ['card 30569309025904.', '30569309025904'],
    ['6011111111111117'],
    ['3530111333300000'],
    ['2223003122003222'],
    ['6304000000000000'],
    ['4222222222222'],
    ['order 12 4111 1111 1111 1111 12/28', '4111 1111 1111 1111'],
    ['4111 1111 1111 1111 123', '4111 1111 1111 1111'],
    ['0000 4111 1111 1111 1111', '4111 1111 1111 1111'],
  ],
  iban: [
    ['DE89370400440532013000'],
    ['DE89 3704 0044 0532 0130 00'],
    ['IBAN: GB29 NWBK 6016 1331 9268 19, BIC', 'GB29 NWBK 6016 1331 9268 19'],
    ['FR1420041010050500013M02606'],
    ['NO9386011117947'],
    ['NL91\u00a0ABNA\u00a00417\u00a01643\u00a000'],
    ['MT84MALT011000012345MTLCAST001S'],
  ],
};

const negatives: Record<DetectorId, readonly string[]> = {
  'aws-access-key': [
    'AKIAIOSFODNN7EXAMPL',
    'AKIAIOSFODNN7EXAMPLE9',
    'xAKIAIOSFODNN7EXAMPLE',
    'AKIAiosfodnn7example',
    'AKIAIOSFODNN7EXAMPLEx',
    'aws_secret_access_key = short',
  ],
  'github-token': [`ghp_${mixed(35)}`, `xghp_${mixed(36)}`, `ghx_${mixed(36)}`, 'github_pat_tooshort', 'ghs_-------------------------------------------'],
  'openai-key': [
    'task-proj-1234567890123456789012345',
    'sk-proj-your-own-key-goes-in-this-place',
    'sk-learn and sk-image',
    `sk-ant-api03-${mixed(93)}`,
    `sk-${mixed(31)}`,
    `ask-${mixed(48)}`,
    'desk-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1',
  ],
  'anthropic-key': ['sk-ant-api03-...', 'sk-ant-your-anthropic-key-goes-here', `xsk-ant-api03-${mixed(93)}`],
  'google-api-key': [`AIza${mixed(34)}`, `AIza${mixed(36)}`, `xAIza${mixed(35)}`, 'AIza'],
  'slack-token': ['xoxb-your-token-goes-in-this-place', 'xox-1234567890123456', 'xoxb-12345', 'https://hooks.slack.com/services/T/B/x'],
  'stripe-key': ['sk_live_short1', 'sk_test_your_key', 'task_test_results1234567890', 'risk_live_12345678901234567', 'sk_live_abcdefghijklmnopqrstuvwx'],
  jwt: [
    'eyJhbGciOiJIUzI1NiJ9',
    `${b64url({ typ: 'JWT' })}.${b64url({ sub: 'x' })}.sig`,
    `eyJub3QganNvbg.${b64url({})}.sig`,
    `${b64url({ alg: 5 })}.${b64url({})}.sig`,
    `x${signed}`,
    `${b64url({ alg: 'HS256' })}..sig`,
  ],
  'private-key': [
    pem('PUBLIC KEY'),
    pem('CERTIFICATE'),
    'A file that begins with -----BEGIN PRIVATE KEY----- is secret.',
    'grep -r "-----BEGIN RSA PRIVATE KEY-----" .',
    '-----BEGIN NOTHING',
    '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----',
  ],
  email: [
    '@decorator.name',
    'npm i @scope/pkg lodash@4.17.21',
    'icon@2x.png',
    'user@localhost',
    'git@github.com:owner/repo.git',
    'a@b',
    'a@.com',
    'a@b..com',
    'a@-b.com',
    `${'x'.repeat(65)}@example.com`,
    'x.@example.com',
    'a @ b.com',
    `a@${'d.'.repeat(130)}com`,
  ],
  'card-number': [
    '4111111111111112',
    '1234567812345670',
    '41111111111111111111',
    'x4111111111111111',
    '0.4111111111111111',
    '4111111111111111.5',
    '550e8400-4111-1111-1111-111111111111',
    '4111 1111-1111 1111',
    '4111  1111  1111  1111',
    '1700000000000',
    '2024-01-02 10:11:12',
    '0000000000000000',
    'id_4111111111111111',
  ],
  iban: [
    'DE88370400440532013000',
    'XX89370400440532013000',
    'DE8937040044053201300',
    'DE893704004405320130001',
    'xDE89370400440532013000',
    'DE89  3704 0044 0532 0130 00',
    'AB12',
    'DE89',
  ],
};

describe('detect', () => {
  it.each(detectorIds.flatMap((id) => positives[id].map(([text, ...values]) => ({ id, text, values: values.length > 0 ? values : [text] }))))(
    '$id finds its values in $text',
    ({ id, text, values }) => {
      const found = detect(text).filter(({ detector }) => detector === id);
      expect(found.map(({ from, to }) => text.slice(from, to))).toEqual(values);
    },
  );

  it.each(detectorIds.flatMap((id) => negatives[id].map((text) => ({ id, text }))))('$id finds nothing in $text', ({ id, text }) => {
    expect(detect(text).filter(({ detector }) => detector === id)).toEqual([]);
  });

  it('reports each secret under one vendor alone', () => {
    for (const id of detectorIds.filter((candidate) => !['email', 'card-number', 'iban'].includes(candidate))) {
      for (const [text] of positives[id]) {
        const vendors = new Set(detect(text).map(({ detector }) => detector));
        vendors.delete('email');
        expect([...vendors], text).toEqual([id]);
      }
    }
  });

  it('finds values of all kinds in one text, in order', () => {
    const text = detectorIds.map((id) => positives[id][0]?.[0] ?? '').join('\n\n');
    expect(detect(text).map(({ detector }) => detector)).toEqual(detectorIds);
  });
});
