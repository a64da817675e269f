namespace GpuVae.Tests.Fuzzing;

/// <summary>A reader of files that anybody may have made.</summary>
/// <param name="Name">For tables and messages.</param>
/// <param name="FileName">The name that its files have.</param>
/// <param name="Seeds">Whole files, which it reads; hostile ones are made from them.</param>
/// <param name="Read">
/// Reads the file at a path, and looks whether what it gets holds together. A <see cref="UserException"/> is a refusal.
/// </param>
/// <param name="Words">Pieces of the format that a mutation puts in; empty where it is not of text.</param>
/// <param name="Companions">Files that lie beside it, by their names; null for none.</param>
/// <param name="Wrap">
/// What is done to the mutated bytes, such as a compression whose checksum would else betray every change; null for
/// nothing.
/// </param>
internal sealed record FuzzReader(
    string Name,
    string FileName,
    IReadOnlyList<byte[]> Seeds,
    Action<string> Read,
    IReadOnlyList<string>? Words = null,
    IReadOnlyDictionary<string, byte[]>? Companions = null,
    Func<byte[], byte[]>? Wrap = null)
{
    /// <summary>Writes what has to lie beside its files.</summary>
    public void Prepare(string folder)
    {
        foreach ((string name, byte[] bytes) in Companions ?? new Dictionary<string, byte[]>())
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
