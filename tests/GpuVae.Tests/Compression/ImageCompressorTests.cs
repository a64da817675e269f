using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using GpuVae.Compression;
using GpuVae.Kernels;
using GpuVae.Tests.Fuzzing;
using Xunit;

namespace GpuVae.Tests.Compression;

/// <summary>Files: what is compressed comes back, whole or by blocks, and damage is found and named.</summary>
public sealed class ImageCompressorTests
{
    private static readonly Shape _small = new(4, 5, 1);

    /// <summary>What compresses.</summary>
    public static TheoryData<string> Kinds => ["binary", "drawn", "full", "bytes", "full-bytes", "convolutional", "colour", "wide", "wide-colour", "mixture", "mixture-colour"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Images_come_back_bit_for_bit(string kind)
    {
        using TinyCompressor tiny = Make(kind);
        CompressionReport report = tiny.Compress(tiny.File("x.gvz"));
        var file = CompressedFile.Open(tiny.File("x.gvz"));
        RestoredImages restored = file.Restore(threads: 2);
        Assert.Empty(restored.Damaged);
        Assert.Equal(Enumerable.Range(0, 40), restored.Images);
        if (kind != "drawn")
            Assert.Equal(tiny.Restored, restored.Pixels);
        Assert.All(restored.Pixels, pixel => Assert.True(!file.IsBinary || pixel is 0 or 255));
        Assert.Equal(new FileInfo(tiny.File("x.gvz")).Length, report.FileBytes);
        Assert.Equal((40, tiny.Images.Dimensions, 6), (report.Images, report.Dimensions, report.Blocks));
        // The bound is by the codes that were drawn, of which there are few, and blocks are small.
        long paid = report.DataBytes - report.HeaderBytes - report.SuppliedBytes - (report.Blocks * AnsCoder.EmptyLength);
        Assert.InRange(8.0 * paid / report.BoundBits, 0.85, 1.15);
    }

    [Theory]
    [InlineData("binary")]
    [InlineData("bytes")]
    [InlineData("wide")]
    public void Threads_and_batches_change_no_bit(string kind)
    {
        using TinyCompressor tiny = Make(kind);
        byte[] one = tiny.Compressed(new CompressionOptions { BlockSize = 5, Threads = 1 });
        byte[] four = tiny.Compressed(new CompressionOptions { BlockSize = 5, Threads = 4 });
        Assert.Equal(one, four);
        using var other = Evaluation(tiny);
        string path = tiny.File("other.gvz");
        ImageCompressor.Compress(path, tiny.Device, other, tiny.Images, 1, new CompressionOptions { BlockSize = 5 });
        Assert.Equal(one, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_block_is_restored_alone_and_damage_loses_it_alone()
    {
        using TinyCompressor tiny = Make("binary");
        byte[] bytes = tiny.Compressed();
        string path = tiny.File("damaged.gvz");
        File.WriteAllBytes(path, bytes);
        var whole = CompressedFile.Open(path);
        Assert.Equal(tiny.Restored.AsSpan(14 * 20, 7 * 20).ToArray(), whole.RestoreBlock(2));
        Assert.Equal(tiny.Restored.AsSpan(35 * 20).ToArray(), whole.RestoreBlock(5));

        int inBlock3 = bytes.Length - whole.Blocks.Skip(3).Sum(block => block.Bytes) + 5;
        bytes[inBlock3] ^= 4;
        File.WriteAllBytes(path, bytes);
        RestoredImages restored = CompressedFile.Open(path).Restore();
        CompressedFileException fault = Assert.Single(restored.Damaged);
        Assert.Equal(CompressedFileFault.Damaged, fault.Fault);
        Assert.StartsWith($"{path}: block 3 of 6, images 21 to 27: ", fault.Message, StringComparison.Ordinal);
        Assert.Equal([.. Enumerable.Range(0, 21), .. Enumerable.Range(28, 12)], restored.Images);
        Assert.Equal([.. tiny.Restored[..(21 * 20)], .. tiny.Restored[(28 * 20)..]], restored.Pixels);

        File.WriteAllBytes(path, bytes[..(bytes.Length - 1)]);
        restored = CompressedFile.Open(path).Restore([4, 5]);
        Assert.Contains("block 5 of 6, images 35 to 39: the file ends", Assert.Single(restored.Damaged).Message, StringComparison.Ordinal);
        Assert.Equal([28, 29, 30, 31, 32, 33, 34], restored.Images);
    }

    [Fact]
    public void Any_changed_bit_is_found()
    {
        using TinyCompressor tiny = Make("binary");
        byte[] bytes = tiny.Compressed(new CompressionOptions { BlockSize = 40 });
        string path = tiny.File("changed.gvz");
        for (int at = 0; at < bytes.Length; at += 3)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(path, changed);
            CompressedFileException fault = Assert.Throws<CompressedFileException>(() => CompressedFile.Open(path).RestoreBlock(0));
            Assert.Contains(path, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_length_that_the_file_has_not_takes_no_memory()
    {
        using TinyCompressor tiny = Make("binary");
        byte[] bytes = tiny.Compressed();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(88 + bytes[39]), 0x7000_0000);
        string path = tiny.File("long.gvz");
        File.WriteAllBytes(path, FuzzSeeds.MendCompressed(bytes));
        var file = CompressedFile.Open(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        CompressedFileException fault = Assert.Throws<CompressedFileException>(() => file.RestoreBlock(0));
        Assert.Contains("the file ends before it does", fault.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Other_files_newer_ones_and_missing_ones_are_told_apart()
    {
        using TinyCompressor tiny = Make("binary");
        byte[] bytes = tiny.Compressed();
        CompressedFileFault Fault(byte[] content)
        {
            File.WriteAllBytes(tiny.File("y.gvz"), content);
            return Assert.Throws<CompressedFileException>(() => CompressedFile.Open(tiny.File("y.gvz"))).Fault;
        }
        Assert.Equal(CompressedFileFault.OtherKind, Fault([1, 2, 3]));
        Assert.Equal(CompressedFileFault.OtherKind, Fault([]));
        Assert.Equal(CompressedFileFault.Damaged, Fault(bytes[..50]));
        Assert.Equal(CompressedFileFault.Damaged, Fault(bytes[..150]));
        Assert.Equal(CompressedFileFault.Newer, Fault([.. bytes[..8], 4, .. bytes[9..]]));
        Assert.Equal(CompressedFileFault.Newer, Fault([.. bytes[..12], 2, .. bytes[13..]]));
        Assert.Equal(
            CompressedFileFault.Unreadable,
            Assert.Throws<CompressedFileException>(() => CompressedFile.Open(tiny.File("nothing.gvz"))).Fault);
    }

    [Fact]
    public void A_file_with_another_behind_it_is_told_and_one_that_was_replaced_too()
    {
        using TinyCompressor tiny = Make("binary");
        byte[] bytes = tiny.Compressed(), others = tiny.Compressed(new CompressionOptions { BlockSize = 40 });
        string path = tiny.File("z.gvz");
        File.WriteAllBytes(path, [.. bytes, .. others]);
        CompressedFileException fault = Assert.Throws<CompressedFileException>(() => CompressedFile.Open(path));
        Assert.Equal($"{path}: damaged: {others.Length} bytes stand behind its last block; take the file from a copy", fault.Message);
        File.WriteAllBytes(path, bytes);
        var file = CompressedFile.Open(path);
        File.WriteAllBytes(path, others);
        Assert.Contains("was replaced since", Assert.Throws<CompressedFileException>(() => file.RestoreBlock(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_apart_is_asked_for_and_checked()
    {
        using TinyCompressor tiny = Make("binary");
        tiny.Compress(tiny.File("apart.gvz"), new CompressionOptions { IsModelApart = true });
        var file = CompressedFile.Open(tiny.File("apart.gvz"));
        Assert.Equal((true, "run"), (file.NeedsModel, file.ModelName));
        Assert.Throws<InvalidOperationException>(() => file.Restore());
        using TinyCompressor other = Make("full");
        Assert.Equal(
            CompressedFileFault.OtherModel,
            Assert.Throws<CompressedFileException>(() => file.TakeModel(other.Device, other.Run)).Fault);
        file.TakeModel(tiny.Device, tiny.Run);
        Assert.Equal(tiny.Restored, file.Restore().Pixels);
        Assert.True(new FileInfo(file.FullPath).Length < 400);
    }

    [Theory]
    [InlineData("point", "code")]
    [InlineData("gaussian", "likelihood gaussian")]
    [InlineData("grey", "--binarize")]
    public void What_compresses_nothing_is_refused_with_what_does(string kind, string word)
    {
        using TinyCompressor tiny = Make(kind);
        UserException refusal = Assert.Throws<UserException>(() => tiny.Compress(tiny.File("x.gvz")));
        Assert.StartsWith(tiny.Run.Folder.FullPath, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(word, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("train with", refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(tiny.File("x.gvz")));
    }

    /// <summary>Written by the first version of the format; whatever comes later has to read it.</summary>
    [Theory]
    [InlineData("kept-binary.gvz", 0xdd1ba6b5)]
    [InlineData("kept-bytes.gvz", 0xa6b752ad)]
    [InlineData("kept-wide.gvz", 0x1ed5799a)]
    [InlineData("kept-lossy.gvz", 0x715b941a)]
    public void A_file_that_is_kept_is_read_for_ever(string name, uint sum)
    {
        RestoredImages restored = CompressedFile.Open(Kept(name)).Restore();
        Assert.Empty(restored.Damaged);
        Assert.Equal(40, restored.Images.Length);
        Assert.Equal(sum, Crc32.HashToUInt32(restored.Pixels));
    }

    /// <summary>The same of the first version with tables.</summary>
    [Fact]
    public void A_table_that_is_kept_is_read_for_ever()
    {
        var file = CompressedFile.Open(Kept("kept-table.gvz"));
        RestoredImages restored = file.Restore();
        Assert.Empty(restored.Damaged);
        Assert.Equal((60, 0x841548b2u), (restored.Images.Length, Crc32.HashToUInt32(restored.Pixels)));
        Assert.Equal(["Größe, m", "n", "color", "t", "wide"], file.Table!.ColumnNames);
        Assert.Equal(["17.124", "1", "blue", "-2.75", "829348951"], file.Table.Cells(restored, 1));
        Assert.Equal(["", "4", "blue", "-2.75", "13269583216"], file.Table.Cells(restored, 4));
    }

    /// <summary>The same of quantised codes.</summary>
    [Fact]
    public void A_lossy_table_that_is_kept_is_read_for_ever()
    {
        var file = CompressedFile.Open(Kept("kept-lossy-table.gvz"));
        RestoredImages restored = file.Restore();
        Assert.Empty(restored.Damaged);
        Assert.Equal((true, 60, 0x71e72eb3u), (file.IsLossy, restored.Images.Length, Crc32.HashToUInt32(restored.Pixels)));
        Assert.Equal(["4.237", "125.82", "black", "5", "diesel"], file.Table!.Cells(restored, 0));
    }

    private static string Kept(string name, [CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, name);

    private static GpuVae.Evaluation.TrainedModel Evaluation(TinyCompressor tiny) =>
        GpuVae.Evaluation.TrainedModel.Open(tiny.Run.Folder.FullPath, tiny.Device, capacity: 3);

    private static TinyCompressor Make(string kind) => kind switch
    {
        "binary" => new TinyCompressor(TinyCompressor.Binary, _small),
        "drawn" => new TinyCompressor(TinyCompressor.Binary with { Binarize = "dynamic" }, _small),
        "full" => new TinyCompressor(TinyCompressor.Binary with { Code = "full" }, _small),
        "bytes" => new TinyCompressor(TinyCompressor.Bytes, _small),
        "full-bytes" => new TinyCompressor(TinyCompressor.Bytes with { Code = "full" }, _small),
        "convolutional" => new TinyCompressor(
            TinyCompressor.Bytes with { Network = "conv 4 3/2 norm batch, res, dense 6", Activation = "gelu" }, new Shape(8, 8, 1)),
        "mixture" => new TinyCompressor(TinyCompressor.Mixture, _small),
        "mixture-colour" => new TinyCompressor(TinyCompressor.Mixture with { Network = "conv 4 3/2, conv 8 3/2 norm group" }, new Shape(8, 8, 3)),
        "wide" => new TinyCompressor(TinyCompressor.Wide, _small),
        "wide-colour" => new TinyCompressor(TinyCompressor.Wide with { Network = "conv 4 3/2, conv 8 3/2 norm group" }, new Shape(8, 8, 3)),
        "colour" => new TinyCompressor(TinyCompressor.Bytes with { Network = "conv 4 3/2, conv 8 3/2 norm group" }, new Shape(8, 8, 3)),
        "point" => new TinyCompressor(TinyCompressor.Binary with { Code = "point", Objective = "reconstruction" }, _small),
        "gaussian" => new TinyCompressor(TinyCompressor.Bytes with { Likelihood = "gaussian" }, _small),
        _ => new TinyCompressor(TinyCompressor.Binary with { Binarize = "none" }, _small),
    };
}
