using System.Runtime.InteropServices;

namespace GpuVae.Bench.TorchSharp;

/// <summary>
/// TorchSharp 0.107's native library asks for GLIBCXX_3.4.32, the libstdc++ of gcc 13, which Debian 12 and others do
/// not have. All that it wants from there is one function without arguments that does nothing but make sure that
/// the standard streams are ready, and libtorch's own libraries see to that as well. Where the system's libstdc++ has no
/// such function, this changes the built copy of the library: a call of <c>floor</c>, which touches nothing but a
/// register, takes its place, and the version is no longer required.
/// </summary>
internal static class LibraryRepair
{
    private const string Library = "libLibTorchSharp.so";
    private const string StandardLibrary = "libstdc++.so.6";
    private const string Missing = "_ZSt21ios_base_library_initv";
    private const string Substitute = "floor";

    /// <summary>Mends the library in this folder where that is needed.</summary>
    /// <returns>What was done, or null where nothing was.</returns>
    public static string? Apply(string folder)
    {
        string path = Path.Combine(folder, Library);
        if (!File.Exists(path) || SystemHas(Missing))
            return null;
        byte[] file = File.ReadAllBytes(path);
        if (!ElfSymbols.Open(file).Redirect(Missing, Substitute))
            return null;

        // A new file under the old name: the old one may be the package cache's own.
        string temporary = path + ".new";
        File.WriteAllBytes(temporary, file);
        File.Move(temporary, path, overwrite: true);
        return $"TorchSharp: this system's {StandardLibrary} is older than TorchSharp asks for (GLIBCXX_3.4.32); "
            + $"the copy of {Library} in {folder} was changed so that it loads";
    }

    private static bool SystemHas(string symbol) =>
        NativeLibrary.TryLoad(StandardLibrary, out nint handle) && NativeLibrary.TryGetExport(handle, symbol, out _);
}
