using Microsoft.AspNetCore.Http;

namespace GpuVae.AspNetCore;

/// <summary>A request that cannot be answered, with what its sender is to know.</summary>
/// <param name="status">The answer's status, from 400 to 599.</param>
/// <param name="detail">One sentence: what is wrong, where, and what to do.</param>
/// <param name="row">The row that it is about, from 1; null where it is about none.</param>
/// <param name="column">The column that it is about; null where it is about none.</param>
internal sealed class RequestException(int status, string detail, int? row = null, string? column = null) : Exception(detail)
{
    /// <summary>The answer's status.</summary>
    public int Status { get; } = status;

    /// <summary>The row that it is about, from 1.</summary>
    public int? Row { get; } = row;

    /// <summary>The column that it is about.</summary>
    public string? Column { get; } = column;

    /// <summary>A body that is not what it has to be: 400.</summary>
    public static RequestException Bad(string detail, int? row = null, string? column = null) =>
        new(StatusCodes.Status400BadRequest, detail, row, column);
}
