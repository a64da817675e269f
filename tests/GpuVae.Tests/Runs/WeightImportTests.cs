using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Runs;

/// <summary>Which tensor of another program becomes which, and what is refused.</summary>
public sealed class WeightImportTests : IDisposable
{
    private static readonly Shape _image = new(2, 3, 1);

    private static readonly RunConfiguration _dense = new() { Hidden = [4], Latent = 2 };

    private static readonly RunConfiguration _normed = new()
    {
        Network = "conv 3 3 pad 1 norm batch, conv 3 3 pad 1 norm batch",
        Decoder = "2x3x3, conv C 3 pad 1",
        Latent = 2,
    };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Two_heads_become_one_with_the_means_first_whatever_the_order_in_the_file()
    {
        WeightImport imported = Read(Dense("fc_mu", "fc_logvar"));
        Assert.Equal(["fc_mu.weight", "fc_logvar.weight"], Sources(imported, "encoder.1.weight"));
        Assert.Equal("joined, μ and log σ²", imported.Tensors.Single(tensor => tensor.Name == "encoder.1.bias").How);
        Assert.Equal(["fc1.bias"], Sources(imported, "encoder.0.bias"));
        // Numbered heads: 21 is behind 3 by its number, and before 22.
        Assert.Equal(["fc21.weight", "fc22.weight"], Sources(Read(Dense("fc21", "fc22")), "encoder.1.weight"));
    }

    [Theory]
    [InlineData("head_a", "head_b", "two fit encoder.1.weight, means alone, (2, 4): head_a.weight (2, 4) and head_b.weight (2, 4)")]
    [InlineData("fc_mu", "fc_sigma", "fc_sigma is named like a deviation, and the second half of encoder.1 is log σ²")]
    public void Heads_whose_names_do_not_tell_are_refused_until_a_map_says_it(string one, string other, string said)
    {
        TorchState state = Dense(one, other);
        Assert.Contains(said, Refusal(state), StringComparison.Ordinal);
        Assert.Equal(
            [$"{other}.weight", $"{one}.weight"],
            Sources(Read(state, map: $"encoder.1 = {other} + {one} # as the program has it"), "encoder.1.weight"));
    }

    /// <summary>Norms of the same size have an order by the numbers in their names alone.</summary>
    [Fact]
    public void Layers_of_the_same_shapes_are_told_apart_by_the_numbers_of_their_names()
    {
        WeightImport imported = Read(Normed("encoder.0", "encoder.1", "encoder.10", "encoder.11"), _normed);
        Assert.Equal(["encoder.1.running_var"], Sources(imported, "encoder.1.running_var"));
        Assert.Equal(["encoder.11.running_var"], Sources(imported, "encoder.3.running_var"));
        Assert.Equal(["encoder.1.num_batches_tracked", "encoder.11.num_batches_tracked"], imported.LeftOut);

        string message = Refusal(Normed("conv_a", "norm_a", "conv_b", "norm_b"), _normed);
        Assert.Contains("two fit encoder.1.weight (3): norm_a.weight (3) and norm_b.weight (3)", message, StringComparison.Ordinal);
        Assert.Contains("--map, as in encoder.1 = norm_a", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_is_missing_is_named_with_what_is_beside_it()
    {
        string message = Refusal(Dense().Without("fc3.bias"));
        Assert.Contains("there is no fc3.bias for decoder.0.bias (4), beside fc3.weight (4, 2)", message, StringComparison.Ordinal);
        WeightImport imported = Read(Dense().Without("fc3.bias"), map: "decoder.0.bias = 0");
        Assert.Empty(Sources(imported, "decoder.0.bias"));
        Assert.Equal("0 everywhere", imported.Tensors.Single(tensor => tensor.Name == "decoder.0.bias").How);
        Assert.Contains(
            "nothing for decoder.1.weight (6, 4)", Refusal(Dense().Without("fc4.bias").Without("fc4.weight")), StringComparison.Ordinal);
        // A norm with running estimates where there is none here.
        Assert.Contains(
            "encoder.1.weight (3) has no running_mean and no running_var, and ",
            Refusal(
                Normed("encoder.0", "encoder.1", "encoder.3", "encoder.4"),
                _normed with { Network = "conv 3 3 pad 1 norm group, conv 3 3 pad 1 norm batch" }),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 6, 4, "encoder.0.weight is (4, 6), and nothing there is; nearest is fc1.weight (5, 6)")]
    [InlineData(4, 6, 5, "fc1.bias (5)")]
    [InlineData(6, 4, 4, null)]
    public void A_wrong_shape_is_named_beside_the_right_one(int rows, int columns, int biases, string? said)
    {
        TorchState state = Dense().Put("fc1.weight", [rows, columns], new float[rows * columns]).Put("fc1.bias", [biases], new float[biases]);
        // One dense weight that is transposed alone is as wrong as another.
        Assert.Contains(said ?? "nearest is fc1.weight (6, 4)", Refusal(state), StringComparison.Ordinal);
    }

    /// <summary>Other programs have dense weights as (in, out); then all are, square ones too.</summary>
    [Fact]
    public void Dense_weights_are_transposed_where_all_of_them_fit_so()
    {
        RunConfiguration square = _dense with { Hidden = [4, 4] };
        TorchState plain = new TorchState().Linear("fc1", 6, 4).Linear("fc2", 4, 4).Linear("fc_mu", 4, 2).Linear("fc_var", 4, 2)
            .Linear("fc3", 2, 4).Linear("fc4", 4, 4).Linear("fc5", 4, 6);
        NamedTensor[] expected = [.. Written(Read(plain, square), square)];
        foreach (string name in (string[])[.. plain.Names.Where(name => name.EndsWith("weight", StringComparison.Ordinal))])
        {
            (int[] shape, float[] values) = plain[name];
            float[] turned = [.. Enumerable.Range(0, values.Length).Select(i => values[(i % shape[0] * shape[1]) + (i / shape[0])])];
            plain.Put(name, [shape[1], shape[0]], turned);
        }
        WeightImport imported = Read(plain, square);
        Assert.Equal("joined, μ and log σ², transposed", imported.Tensors.Single(tensor => tensor.Name == "encoder.2.weight").How);
        Assert.All(
            expected.Zip(Written(imported, square)), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    [Fact]
    public void What_is_left_over_is_named_until_a_map_leaves_it_out()
    {
        TorchState state = Dense().Linear("discriminator.0", 9, 3).Linear("discriminator.2", 3, 1);
        string message = Refusal(state);
        Assert.Contains(
            "the model has no place for discriminator.0.bias (3), discriminator.0.weight (3, 9), discriminator.2.bias (1)", message,
            StringComparison.Ordinal);
        Assert.Contains("- = discriminator.0.bias", message, StringComparison.Ordinal);
        WeightImport imported = Read(state, map: "- = discriminator.*\n");
        Assert.Equal(4, imported.LeftOut.Count);
    }

    [Theory]
    [InlineData("F16", 1e-3)]
    [InlineData("BF16", 8e-3)]
    [InlineData("F64", 0)]
    public void Numbers_of_other_types_become_those_of_32_bits(string type, double relative)
    {
        TorchState state = Dense();
        IReadOnlyList<NamedTensor> expected = Written(Read(state), _dense);
        var imported = WeightImport.Read(state.Write(_folder.File("other.safetensors"), type), _dense, _image);
        Assert.All(expected.Zip(Written(imported, _dense)), pair =>
            Assert.All(pair.First.Values.Zip(pair.Second.Values), numbers =>
                Assert.InRange(Math.Abs(numbers.First - numbers.Second), 0, relative * Math.Abs(numbers.First))));
    }

    [Theory]
    [InlineData("encoder.0 = fc1\nencoder.0.bias = fc1.bias", "line 2: encoder.0.bias: line 1 says already what it is made of")]
    [InlineData("encoder.0.wieght = fc1.weight", "line 1: encoder.0.wieght: the model has no such tensor or layer; did you mean encoder.0.weight?")]
    [InlineData("# names\n\nencoder.0 = fc7", "line 3: fc7.weight: ")]
    [InlineData("encoder.0 = fc1 +", "line 1, \"encoder.0 = fc1 +\": a name here, = and a name in the other file")]
    [InlineData("encoder.0.weight", "line 1, \"encoder.0.weight\": a name here")]
    [InlineData("encoder.0 = fc3", "line 1: encoder.0.weight is (4, 6), and fc3.weight (4, 2) of ")]
    [InlineData("encoder.1.weight = fc_mu.weight", "line 1: encoder.1.weight is (4, 4), and fc_mu.weight (2, 4) of ")]
    [InlineData("- = critic.*", "line 1: critic.*: ")]
    public void A_map_with_a_mistake_is_refused_by_its_line(string map, string said)
    {
        string message = Refusal(Dense(), map: map);
        Assert.StartsWith($"--map {_folder.File("map.txt")}: ", message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_damaged_or_another_program_s_is_refused_by_its_name()
    {
        string path = Dense().Write(_folder.File("weights.safetensors"));
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..^3]);
        Assert.Contains("truncated", Fault(path), StringComparison.Ordinal);
        File.WriteAllBytes(path, [.. "PK\u0003\u0004"u8, .. whole]);
        Assert.Contains("is what torch.save writes", Fault(path), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Fault(_folder.File("nothing.safetensors")), StringComparison.Ordinal);
        Assert.Contains(
            "fc1.bias has a number at position 1 that is not finite",
            Refusal(Dense().Put("fc1.bias", [4], [0, float.NaN, 0, 0])), StringComparison.Ordinal);

        RunFolder folder = Write(Read(Dense()), _dense);
        Assert.Contains("is a checkpoint of GpuVae itself", Fault(folder.CheckpointPath), StringComparison.Ordinal);
        Assert.Contains(
            "holds imported weights, which training does not go on with",
            Assert.Throws<UserException>(() => CheckpointFile.Read(folder.CheckpointPath)).Message, StringComparison.Ordinal);
    }

    /// <summary>The square root of such a variance would make every picture NaN.</summary>
    [Theory]
    [InlineData(-1)]
    [InlineData(-1e-6f)]
    public void A_negative_running_variance_is_refused_by_its_name(float variance)
    {
        TorchState state = Normed("encoder.0", "encoder.1", "encoder.10", "encoder.11");
        Assert.Contains(
            "encoder.11.running_var has a negative number at position 2, and a running variance has none",
            Refusal(state.Put("encoder.11.running_var", [3], [1, 0, variance]), _normed), StringComparison.Ordinal);
        Read(state.Put("encoder.11.running_var", [3], [1, 0, 2]), _normed);
    }

    /// <summary>A line of a map leaves a layer out as it leaves out a tensor or what a star stands for.</summary>
    [Theory]
    [InlineData("- = critic.0", 2)]
    [InlineData("- = critic", 2)]
    [InlineData("- = critic.0.weight + critic.0.bias", 2)]
    public void A_map_leaves_whole_layers_out(string map, int count)
    {
        WeightImport imported = Read(Dense().Linear("critic.0", 9, 3), map: map);
        Assert.Equal(count, imported.LeftOut.Count);
        Assert.Contains("critic.1: ", Refusal(Dense().Linear("critic.0", 9, 3), map: "- = critic.1"), StringComparison.Ordinal);
    }

    /// <summary>What was made for weights that cannot be written goes away again, and nothing that was there before.</summary>
    [Fact]
    public void A_folder_whose_weights_cannot_be_written_goes_away()
    {
        WeightImport imported = Read(Dense());
        string inner = _folder.File("new/run"), empty = _folder.File("empty");
        Directory.CreateDirectory(empty);
        foreach (string path in (string[])[inner, empty])
        {
            var folder = RunFolder.Create(path, "vae", "import", _dense.WriteJson);
            // A folder in the place of the file keeps it from its name.
            Directory.CreateDirectory(folder.CheckpointPath);
            Assert.Throws<UserException>(() => imported.Write(folder));
            Assert.Equal([folder.CheckpointPath], Directory.GetFileSystemEntries(path));
            Directory.Delete(folder.CheckpointPath);
            folder.Unmake();
        }
        Assert.Empty(Directory.GetFileSystemEntries(empty));
        Assert.False(Path.Exists(_folder.File("new")));
    }

    /// <summary>Padding is not in the file: what no torch.nn.Conv2d has is told.</summary>
    [Fact]
    public void Padding_as_TensorFlow_has_it_is_told()
    {
        TorchState state = new TorchState().Conv("conv", 1, 3).Linear("fc", 6, 2).Linear("back", 1, 6).Transposed("up", 3, 1);
        RunConfiguration configuration = _dense with
        {
            Network = "conv 3 3/2",
            Decoder = "1x2x3, up C 3*2",
            Latent = 1,
            ImageSize = "2x4",
        };
        IReadOnlyList<string> notes = WeightImport.Read(
            state.Write(_folder.File("tf.safetensors")), configuration, new Shape(2, 4, 1)).Notes;
        Assert.Equal(2, notes.Count);
        Assert.StartsWith("encoder.0: conv 3/2 without pad puts more padding behind", notes[0], StringComparison.Ordinal);
        Assert.StartsWith("decoder.1: up 3*2 without pad", notes[1], StringComparison.Ordinal);
    }

    /// <summary>A map that is taken as another one has its numbers elsewhere in NCHW, which no weights can mend.</summary>
    [Fact]
    public void A_map_that_is_taken_as_another_is_refused()
    {
        RunConfiguration configuration = _dense with
        {
            Network = "conv 4 3 pad 1, code",
            Decoder = "4x3x2, conv 2 3 pad 1, 2x3x4, conv C 3 pad 1",
            Code = "point",
            Objective = "reconstruction",
            Latent = 24,
        };
        string path = Dense().Write(_folder.File("weights.safetensors"));
        string message = Assert.Throws<UserException>(() => WeightImport.Read(path, configuration, _image)).Message;
        Assert.Contains("which are other numbers in PyTorch", message, StringComparison.Ordinal);
    }

    /// <summary>Names that say nothing make the search give up, not run on.</summary>
    [Fact]
    public void Many_layers_that_are_alike_end_in_a_question()
    {
        var state = new TorchState();
        string[] words = [.. Enumerable.Range(0, 40).Select(i => $"{(char)('a' + (i % 26))}{(char)('a' + (i / 26))}")];
        foreach (string word in words)
            state.Linear(word, 4, 4);
        state.Linear("in", 6, 4).Linear("mu", 4, 2).Linear("var", 4, 2).Linear("from", 2, 4).Linear("out", 4, 6);
        RunConfiguration deep = _dense with { Hidden = [.. Enumerable.Repeat(4, 21)] };
        Assert.Matches(@": two fit (en|de)coder\.[0-9]+\.weight \(4, 4\): .+ \(4, 4\) and .+; say which in a file for --map", Refusal(state, deep));
    }

    public void Dispose() => _folder.Dispose();

    private static TorchState Dense(string mean = "fc_mu", string variance = "fc_logvar") => new TorchState()
        .Linear("fc1", 6, 4).Linear(mean, 4, 2).Linear(variance, 4, 2).Linear("fc3", 2, 4).Linear("fc4", 4, 6);

    private static TorchState Normed(string conv, string norm, string otherConv, string otherNorm) => new TorchState()
        .Conv(conv, 1, 3).Norm(norm, 3).Conv(otherConv, 3, 3).Norm(otherNorm, 3)
        .Linear("mu", 18, 2).Linear("logvar", 18, 2).Linear("back", 2, 18).Conv("out", 3, 1);

    private static IReadOnlyList<string> Sources(WeightImport imported, string name) =>
        imported.Tensors.Single(tensor => tensor.Name == name).Sources;

    private WeightImport Read(TorchState state, RunConfiguration? configuration = null, string? map = null)
    {
        string? path = map is null ? null : _folder.File("map.txt");
        if (path is not null)
            File.WriteAllText(path, map);
        return WeightImport.Read(state.Write(_folder.File("weights.safetensors")), configuration ?? _dense, _image, path);
    }

    private string Refusal(TorchState state, RunConfiguration? configuration = null, string? map = null)
    {
        string message = Assert.Throws<UserException>(() => Read(state, configuration, map)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static string Fault(string path)
    {
        string message = Assert.Throws<UserException>(() => WeightImport.Read(path, _dense, _image)).Message;
        Assert.StartsWith($"{path}: ", message, StringComparison.Ordinal);
        return message;
    }

    private RunFolder Write(WeightImport imported, RunConfiguration configuration)
    {
        var folder = RunFolder.Create(null, "vae", "import", configuration.WriteJson, root: _folder.File("runs"));
        imported.Write(folder);
        return folder;
    }

    private IReadOnlyList<NamedTensor> Written(WeightImport imported, RunConfiguration configuration) =>
        CheckpointFile.ReadVerified(Write(imported, configuration).CheckpointPath).Tensors;
}
