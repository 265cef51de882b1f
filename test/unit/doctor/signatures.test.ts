// Each signature is recognised in the words that programs really print, and in no other's.
import { describe, expect, it } from 'vitest';
import { explain, signatures } from '../../../src/doctor/signatures.ts';

/** Signature, and a text as its program prints it. */
const samples: readonly (readonly [id: string, text: string])[] = [
  [
    'rustls-unknown-issuer',
    'error sending request for url (https://api.openai.com/v1/responses): error trying to connect: invalid peer certificate: UnknownIssuer',
  ],
  ['rustls-bad-signature', 'ERROR codex_core: tls handshake eof: invalid peer certificate: BadSignature'],
  ['rustls-expired', 'client error (Connect): invalid peer certificate: Expired'],
  ['self-signed-in-chain', 'API Error: Unable to connect to API (SELF_SIGNED_CERT_IN_CHAIN)'],
  ['self-signed-in-chain', 'Error: self signed certificate in certificate chain\n    at TLSSocket.onConnectSecure (node:_tls_wrap:1659:34)'],
  ['self-signed-in-chain', 'SSL certificate verification failed. Self-signed certificate detected. Check your proxy or corporate SSL certificates'],
  ['no-local-issuer', "[cause]: Error: unable to get local issuer certificate { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }"],
  ['missing-authority-key-identifier', '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Missing Authority Key Identifier (_ssl.c:1032)'],
  ['key-identifier-mismatch', 'error 30 at 0 depth lookup: authority and subject key identifier mismatch'],
  ['claude-bridge', '[error] wss://bridge.claudeusercontent.com/chrome: Error: certificate signature failure'],
  ['client-rejected-us', '2026/01/05 10:11:12 http: TLS handshake error from 127.0.0.1:53211: remote error: tls: unknown certificate'],
  ['codex-websocket', '⚠ Falling back from WebSockets to HTTPS transport. stream disconnected before completion: tls handshake eof'],
  ['codex-websocket', '■ stream disconnected before completion: error sending request for url'],
  ['codex-websocket', '• Reconnecting... 5/5'],
  ['h2-not-supported', 'ConnectError: [internal] h2 is not supported'],
  ['h2-not-supported', '< HTTP/1.1 464'],
  ['chromium-proxy-failed', 'Failed to load resource: net::ERR_PROXY_CONNECTION_FAILED'],
  ['buffered-stream', 'It works, but first token ~= total time, 34 s'],
  ['bedrock-truncated', 'API Error: Truncated event message received.'],
  ['cloudflare', '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>'],
  ['cloudflare', 'WebSocket connection failed: Unexpected response code: 460'],
  ['not-http', 'Error: Parse Error: Expected HTTP/, RTSP/ or ICE/'],
  ['port-taken', 'Error: listen EADDRINUSE: address already in use 127.0.0.1:7465'],
  ['wsl-localhost', 'wsl: A localhost proxy configuration was detected but not mirrored into WSL. WSL in NAT mode does not support localhost proxies.'],
  ['ide-logged-out', 'Cursor says I am logged out although the proxy shows only 200s'],
  ['curl-60', 'curl: (60) SSL certificate problem: unable to get local issuer certificate\nMore details here: https://curl.se/docs/sslcerts.html'],
  ['curl-35', 'curl: (35) OpenSSL SSL_connect: Connection reset by peer in connection to api.openai.com:443 '],
  ['curl-56', 'curl: (56) OpenSSL SSL_read: OpenSSL/3.0.15: error:0A000126:SSL routines::unexpected eof while reading, errno 0'],
  ['curl-56-proxy', 'curl: (56) CONNECT tunnel failed, response 403'],
  ['proxy-login', 'curl: (56) Received HTTP code 407 from proxy after CONNECT'],
  ['curl-97', 'curl: (97) connection to proxy closed'],
  ['curl-77', 'curl: (77) error setting certificate file: /home/ann/bundle.pem'],
  ['curl-7-5', 'curl: (5) Could not resolve proxy: proxy.corp.example'],
  [
    'chromium-name',
    "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: api.openai.com. is not in the cert's altnames",
  ],
  ['expired', "TypeError: fetch failed { [cause]: Error: certificate has expired, code: 'CERT_HAS_EXPIRED' }"],
  ['wrong-version-number', 'Error: write EPROTO 00E8:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl'],
  [
    'python-requests',
    "requests.exceptions.SSLError: HTTPSConnectionPool(host='api.openai.com', port=443): Max retries exceeded with url: /v1/models (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain (_ssl.c:1007)')))",
  ],
  ['python-httpx', 'httpx.ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1007)'],
  [
    'python-verify',
    'urllib.error.URLError: <urlopen error [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:992)>',
  ],
  ['proxy-refused', 'httpx.ProxyError: [Errno 111] Connection refused'],
  [
    'proxy-refused',
    "requests.exceptions.ProxyError: HTTPSConnectionPool(host='api.openai.com', port=443): Max retries exceeded (Caused by ProxyError('Cannot connect to proxy.'))",
  ],
  [
    'java-pkix',
    'javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target',
  ],
  ['java-refused', 'java.net.ConnectException: Connection refused'],
  ['go-x509', 'Get "https://api.anthropic.com/v1/models": tls: failed to verify certificate: x509: certificate signed by unknown authority'],
  ['go-x509-time', 'x509: certificate has expired or is not yet valid: current time 2026-11-23T00:00:00Z is after 2026-01-01T00:00:00Z'],
  ['git-certificate', "fatal: unable to access 'https://github.com/a/b.git/': server certificate verification failed. CAfile: none CRLfile: none"],
  ['schannel-revocation', 'fatal: schannel: next InitializeSecurityContext failed: CRYPT_E_NO_REVOCATION_CHECK (0x80092012)'],
  ['chromium-authority', 'net::ERR_CERT_AUTHORITY_INVALID'],
  ['chromium-tunnel', 'net::ERR_TUNNEL_CONNECTION_FAILED'],
  ['chromium-pinned', 'net::ERR_SSL_PINNED_KEY_NOT_IN_CERT_CHAIN'],
  ['certificate-signature', 'SSL routines:tls_process_server_certificate:certificate verify failed: certificate signature failure'],
  ['policy-blocked', '{"error":{"type":"permission_error","message":"…","code":"policy-blocked"}}'],
  ['gateway-key', '{"type":"virtual_key_not_found","message":"virtual key not found"}'],
  ['heimdall-gateway-down', '{"error":{"code":"gateway-unreachable"}}'],
  ['name-not-resolved', "TypeError: fetch failed { cause: Error: getaddrinfo ENOTFOUND api.openai.com, code: 'ENOTFOUND' }"],
  ['timeout', 'ConnectTimeoutError: Connect Timeout Error (attempted address: api.openai.com:443, timeout: 10000ms)'],
  ['connection-refused', 'net::ERR_CONNECTION_REFUSED'],
  ['connection-reset', "FetchError: request to https://api.openai.com failed, reason: socket hang up, code: 'ECONNRESET'"],
];

describe('signatures', () => {
  it.each(samples)('recognises %s', (id, text) => {
    expect(explain(text)[0]?.id).toBe(id);
  });

  it('has a sample for every signature', () => {
    const tested = new Set(samples.map(([id]) => id));
    expect(signatures.map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([]);
  });

  it('says of each what causes it, who is to blame, what helps and what proves it', () => {
    for (const { id, cause, blame, fix, checks } of signatures) {
      expect(
        [cause, blame, fix].every((text) => text.length > 3),
        id,
      ).toBe(true);
      expect(checks.length, id).toBeGreaterThan(0);
    }
    expect(new Set(signatures.map(({ id }) => id)).size).toBe(signatures.length);
  });

  it('knows nothing of a text that is no error of this kind, and of an empty one', () => {
    expect(explain('The weather is fine.')).toEqual([]);
    expect(explain('')).toEqual([]);
    expect(explain('HTTP/1.1 200 OK\ncontent-type: application/json')).toEqual([]);
  });

  it('reads through the colours of a terminal', () => {
    expect(explain('\u001b[31mError:\u001b[0m SELF_SIGNED_CERT_\u001b[1mIN_CHAIN')[0]?.id).toBe('self-signed-in-chain');
  });

  it('tells several causes in one text apart, and explains no words twice', () => {
    const found = explain('net::ERR_PROXY_CONNECTION_FAILED\nlater: getaddrinfo ENOTFOUND api.openai.com');
    expect(found.map(({ id }) => id)).toEqual(['chromium-proxy-failed', 'name-not-resolved']);
    expect(explain('curl: (60) SSL certificate problem: unable to get local issuer certificate').map(({ id }) => id)).toEqual(['curl-60']);
  });

  it('takes a long text in no time', () => {
    const long = `${'certificate unable to access x509: '.repeat(5_000)}SELF_SIGNED_CERT_IN_CHAIN`;
    const startedAt = performance.now();
    expect(explain(long).some(({ id }) => id === 'self-signed-in-chain')).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});
