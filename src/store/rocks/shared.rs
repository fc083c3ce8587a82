//! What all partitions of a process share, and how their databases are tuned.

use rocksdb::{
    BlockBasedOptions, Cache, DBCompactionStyle, DBCompressionType, Env, LogLevel, LruCacheOptions, Options,
    SliceTransform, UniversalCompactOptions, WriteBufferManager,
};

use crate::store::history::PREFIX_BYTES;

/// Levels of a column family, RocksDB's default.
const LEVELS: usize = 7;
/// The compression of each level.
const FLUSHED_AS_IT_IS: [DBCompressionType; LEVELS] = {
    let mut levels = [DBCompressionType::Lz4; LEVELS];
    levels[0] = DBCompressionType::None;
    levels
};

/// How much the databases of a process may use, together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Blocks, indexes and filters read from files.
    pub block_cache_bytes: usize,
    /// Rows not yet flushed.
    pub write_buffers_bytes: usize,
    /// Threads that flush and compact.
    pub background_threads: u16,
    /// Open files of one partition.
    pub open_files: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Self { block_cache_bytes: 40 << 20, write_buffers_bytes: 40 << 20, background_threads: 2, open_files: 256 }
    }
}

/// One block cache, one budget of write buffers and one pool of threads for all partitions of a process.
pub struct Shared {
    limits: Limits,
    cache: Cache,
    write_buffers: WriteBufferManager,
    env: Env,
}

impl Shared {
    /// Sets the limits for every store opened with it.
    ///
    /// # Errors
    /// What RocksDB said.
    pub fn new(limits: Limits) -> Result<Self, String> {
        let mut options = LruCacheOptions::default();
        options.set_capacity(limits.block_cache_bytes);
        let mut env = Env::new().map_err(rocksdb::Error::into_string)?;
        env.set_low_priority_background_threads(i32::from(limits.background_threads));
        env.set_high_priority_background_threads(1);
        Ok(Self {
            limits,
            cache: Cache::new_lru_cache_opts(&options),
            // Without stalls: a write never waits for another partition's flush.
            write_buffers: WriteBufferManager::new_write_buffer_manager(limits.write_buffers_bytes, false),
            env,
        })
    }

    /// Options of a database.
    pub(super) fn database(&self) -> Options {
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_env(&self.env);
        options.set_write_buffer_manager(&self.write_buffers);
        options.set_max_open_files(i32::from(self.limits.open_files));
        options.set_max_background_jobs(i32::from(self.limits.background_threads) + 1);
        // There is no write-ahead log: only a flush of all column families at once keeps rows and positions together.
        options.set_atomic_flush(true);
        // One writer; what concurrent writers need costs it time.
        options.set_allow_concurrent_memtable_write(false);
        options.set_skip_stats_update_on_db_open(true);
        options.set_stats_dump_period_sec(0);
        options.set_stats_persist_period_sec(0);
        options.set_log_level(LogLevel::Warn);
        options.set_keep_log_file_num(2);
        options
    }

    fn blocks(&self) -> BlockBasedOptions {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(&self.cache);
        blocks.set_cache_index_and_filter_blocks(true);
        blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
        blocks.set_bloom_filter(10.0, false);
        blocks.set_format_version(6);
        blocks
    }

    fn column_family(&self, write_buffer_bytes: usize) -> Options {
        let mut options = Options::default();
        options.set_block_based_table_factory(&self.blocks());
        // What is flushed is soon merged: compressed then.
        options.set_compression_per_level(&FLUSHED_AS_IT_IS);
        options.set_write_buffer_size(write_buffer_bytes);
        // Small, for many column families hold little.
        options.set_arena_block_size(128 << 10);
        // Of the size above, which no memtable reaches: enough for 100,000 rows, 0.2 MiB of the budget of all.
        options.set_memtable_prefix_bloom_ratio(0.005);
        options
    }

    /// Options of tables whose rows are overwritten: stock, documents, positions.
    pub(super) fn table(&self) -> Options {
        let mut options = self.column_family(16 << 20);
        // A sale asks for an allocation that hardly ever exists.
        options.set_memtable_whole_key_filtering(true);
        options.set_level_compaction_dynamic_level_bytes(true);
        options.set_target_file_size_base(16 << 20);
        options.set_max_bytes_for_level_base(64 << 20);
        options
    }

    /// Options of a generation: rows are only added, and dropped with the whole.
    fn generation(&self) -> Options {
        let mut options = self.column_family(32 << 20);
        // Rows are written two or three times in their life instead of ten: a look-up asks a few files more, whose
        // filters say no.
        options.set_compaction_style(DBCompactionStyle::Universal);
        let mut universal = UniversalCompactOptions::default();
        universal.set_size_ratio(20);
        universal.set_min_merge_width(6);
        universal.set_max_size_amplification_percent(1_000);
        options.set_universal_compaction_options(&universal);
        options.set_level_zero_file_num_compaction_trigger(8);
        options.set_level_zero_slowdown_writes_trigger(40);
        options.set_level_zero_stop_writes_trigger(60);
        options
    }

    /// Options of a generation of answers, which are mostly looked for in vain.
    pub(super) fn answers(&self) -> Options {
        let mut options = self.generation();
        options.set_memtable_whole_key_filtering(true);
        options
    }

    /// Options of a generation of history, which is read by prefix.
    pub(super) fn history(&self) -> Options {
        let mut options = self.generation();
        options.set_prefix_extractor(SliceTransform::create_fixed_prefix(PREFIX_BYTES));
        let mut blocks = self.blocks();
        blocks.set_whole_key_filtering(false);
        options.set_block_based_table_factory(&blocks);
        // Hashes and random ids: there is nothing to compress.
        options.set_compression_per_level(&[DBCompressionType::None; LEVELS]);
        options
    }
}
