import { socketPort } from './socket-folder.ts';

/**
 * PostgreSQL's settings for one server of ours: full durability, and little memory while idle.
 * Given on the command line, so that a changed default here reaches existing data directories.
 */
export function serverSettings(socketDir: string): Readonly<Record<string, string>> {
  return {
    listen_addresses: '',
    port: String(socketPort),
    unix_socket_directories: socketDir,
    unix_socket_permissions: '0700',
    max_connections: '200',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    shared_buffers: '64MB',
    work_mem: '4MB',
    maintenance_work_mem: '32MB',
    max_wal_size: '512MB',
    wal_compression: 'on',
    // I/O workers are processes of their own, of use only where reads are large and disks slow.
    io_method: 'sync',
    // Our queries are short: starting parallel workers and compiling would cost more than they save.
    max_parallel_workers_per_gather: '0',
    max_parallel_maintenance_workers: '0',
    jit: 'off',
    autovacuum_max_workers: '2',
    log_line_prefix: '%e ',
    log_checkpoints: 'off',
    // Conflicts are part of the work and told by the one who meets them; the statement's text stays out of the log.
    log_min_error_statement: 'panic',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
}
