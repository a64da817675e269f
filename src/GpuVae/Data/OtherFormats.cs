namespace GpuVae.Data;

/// <summary>Files of other programs, which are not read, and how to make one of them that is.</summary>
internal static class OtherFormats
{
    private static readonly (string[] Endings, string Module, string Read)[] _tables =
    [
        ([".parquet", ".pq"], "pandas", "pandas.read_parquet"),
        ([".feather", ".arrow"], "pandas", "pandas.read_feather"),
        ([".orc"], "pandas", "pandas.read_orc"),
        ([".xlsx", ".xls", ".xlsm", ".ods"], "pandas", "pandas.read_excel"),
        ([".json"], "pandas", "pandas.read_json"),
        ([".dta"], "pandas", "pandas.read_stata"),
        ([".sas7bdat", ".xpt"], "pandas", "pandas.read_sas"),
        ([".sav"], "pandas", "pandas.read_spss"),
        ([".pkl", ".pickle"], "pandas", "pandas.read_pickle"),
    ];

    /// <summary>A line with a Python command that makes a file that is read.</summary>
    /// <param name="path">A file; its ending says what it is.</param>
    /// <returns>Null where the ending is not known.</returns>
    public static string? HowToConvert(string path)
    {
        string ending = Path.GetExtension(path).ToLowerInvariant();
        string stem = Path.GetFileNameWithoutExtension(path);
        foreach ((string[] endings, string module, string read) in _tables)
        {
            if (endings.Contains(ending))
                return Command($"import {module}; {read}({Literal(path)}).to_csv({Literal(stem + ".csv")}, index=False)");
        }
        string archive = Literal(stem + ".npz");
        return ending switch
        {
            ".jsonl" or ".ndjson" => Command(
                $"import pandas; pandas.read_json({Literal(path)}, lines=True).to_csv({Literal(stem + ".csv")}, index=False)"),
            ".mat" => Command(
                $"import numpy, scipy.io; a = scipy.io.loadmat({Literal(path)}); "
                + $"numpy.savez({archive}, **{{k: v for k, v in a.items() if k[0] != '_'}})"),
            ".h5" or ".hdf5" or ".hdf" => Command(
                $"import numpy, h5py; a = h5py.File({Literal(path)}); "
                + $"numpy.savez({archive}, **{{k: a[k][()] for k in a if hasattr(a[k], 'shape')}})"),
            ".pt" or ".pth" => Command(
                $"import numpy, torch; a = torch.load({Literal(path)}); numpy.save({Literal(stem + ".npy")}, a.numpy())"),
            _ => null,
        };
    }

    private static string Command(string program) => $"convert it: python -c \"{program}\"";

    // A Python string within a shell's double quotes: what either would take as its own is escaped.
    private static string Literal(string text) => "'" + string.Concat(text.Select(letter => letter switch
    {
        '\'' => @"\x27",
        '"' => @"\x22",
        '\\' => @"\x5c",
        '$' => @"\x24",
        '`' => @"\x60",
        '!' => @"\x21",
        _ when char.IsControl(letter) => $@"\x{(int)letter:x2}",
        _ => letter.ToString(),
    })) + "'";
}
