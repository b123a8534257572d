import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** In development the pages come from Vite, and everything else from a server that runs beside it. */
const server = process.env['ODST_URL'] ?? 'http://127.0.0.1:8080';

/** Compresses each file once, so that no answer has to. */
const compressed: Plugin = {
  name: 'compressed',
  closeBundle() {
    for (const file of globSync(`${import.meta.dirname}/dist/assets/*.{js,css,svg}`)) {
      const bytes = readFileSync(file);
      writeFileSync(`${file}.br`, brotliCompressSync(bytes));
      writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
    }
  },
};

export default defineConfig({
  plugins: [react(), compressed],
  build: {
    // The browsers of the last two years: they have all that the sources use.
    target: 'es2023',
    // Names carry a hash of their content, so that a browser keeps them for good.
    assetsDir: 'assets',
    // A page that inlines images and scripts would need a weaker policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Tells which file loads which, for the test of what the first page weighs.
    manifest: true,
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { '/api': server, '/share': server } },
});
