using System.Buffers.Binary;
using GpuVae.Data;

namespace GpuVae.Compression;

/// <summary>The rows of a table as symbols, and back.</summary>
internal static class TableSymbols
{
    /// <summary>A symbol for each variable of each row, of four bytes.</summary>
    /// <param name="source">What messages call the table.</param>
    /// <param name="layout">The columns, found from this table.</param>
    /// <param name="table">As given to <see cref="TableColumns"/>.</param>
    /// <param name="reader">Which read its cells.</param>
    /// <param name="fillValues">What stands for missing cells, of each column; none where they are not filled.</param>
    /// <exception cref="UserException">There are too many.</exception>
    public static byte[] Of(string source, TableLayout layout, ImageSet table, TableColumns reader, IReadOnlyList<double> fillValues)
    {
        long length = (long)table.Count * layout.Variables * sizeof(int);
        if (length > Array.MaxLength)
            throw new UserException($"{source}: {table.Count} rows of {layout.Variables} columns are over the limit of {Array.MaxLength / sizeof(int)} cells; take --limit");
        var symbols = new byte[length];
        int number = 0, word = layout.Numbers.Count, mark = word + layout.Words.Count;
        for (int column = 0; column < layout.Columns.Count; column++)
        {
            if (layout.Columns[column] is WordColumn words)
            {
                var places = new Dictionary<string, int>(StringComparer.Ordinal);
                for (int place = 0; place < words.Symbols; place++)
                    places.TryAdd(words.Words[place], place);
                for (int row = 0; row < table.Count; row++)
                    Put(row, word, places[reader.Word(row, column)]);
                word++;
                continue;
            }
            var numbers = (NumberColumn)layout.Columns[column];
            for (int row = 0; row < table.Count; row++)
            {
                double value = reader.Number(row, column);
                bool isMissing = double.IsNaN(value);
                // The model sees of a missing cell what it is filled with.
                long place = numbers.PlaceOf(isMissing ? fillValues[column] : value);
                int first = row * layout.Variables * sizeof(int);
                layout.Put(number, Math.Clamp(place, 0, numbers.Places - 1), symbols.AsSpan(first, layout.Variables * sizeof(int)));
                if (numbers.IsMarked)
                    Put(row, mark, isMissing ? 1 : 0);
            }
            number++;
            mark += numbers.IsMarked ? 1 : 0;
        }
        return symbols;

        void Put(int row, int variable, int symbol) => BinaryPrimitives.WriteInt32LittleEndian(
            symbols.AsSpan(((row * layout.Variables) + variable) * sizeof(int)), symbol);
    }
}
