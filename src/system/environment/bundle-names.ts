// The variables that name certificates, by what programs do with the file.

/** Replace the roots of the program: they name the bundle that holds the system's roots as well. */
export const replacing = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'AWS_CA_BUNDLE', 'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH', 'CODEX_CA_CERTIFICATE'];

/** Add to the roots of the program. */
export const adding = ['NODE_EXTRA_CA_CERTS', 'DENO_CERT'];

/**
 * Replace the roots of tools that do not talk to AI hosts: there is no need of them, and each overrides a settings file that may name a
 * bundle (`http.sslCAInfo`, `cafile`, `cert`). So they are changed only where the user has them.
 */
export const onlyTheirs = [
  'GIT_SSL_CAINFO',
  'PIP_CERT',
  'CARGO_HTTP_CAINFO',
  'npm_config_cafile',
  'NPM_CONFIG_CAFILE',
  'BUNDLE_SSL_CA_CERT',
  'HEX_CACERTS_PATH',
  'NIX_SSL_CERT_FILE',
  'PERL_LWP_SSL_CA_FILE',
];

export const bundleNames: readonly string[] = [...replacing, ...adding, ...onlyTheirs];
