import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The server sends what lies beside the file, so that it never compresses by itself. */
function compressFiles(): Plugin {
  return {
    name: 'compress-files',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      // After Vite has written which files a page preloads.
      order: 'post',
      handler(_options, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          if (!/\.(?:js|css)$/.test(fileName)) continue;
          const source = file.type === 'chunk' ? file.code : file.source;
          const bytes = Buffer.from(source);
          this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: brotliCompressSync(bytes) });
          this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(bytes, { level: 9 }) });
        }
      },
    },
  };
}

export default defineConfig({
  base: '/admin/',
  plugins: [react(), compressFiles()],
  build: {
    outDir: '../dist/admin-ui',
    emptyOutDir: true,
    // The policy of the panel has no `data:`.
    assetsInlineLimit: 0,
    manifest: true,
  },
  // `vite dev admin-ui` beside a running gateway.
  server: { proxy: { '/admin/api': 'http://localhost:3000' } },
});
