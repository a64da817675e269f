using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace GpuVae.AspNetCore;

/// <summary>
/// Answers that say why a request failed: RFC 9457, <c>application/problem+json</c>, with the members <c>row</c> (from 1) and
/// <c>column</c> where it is about one.
/// </summary>
internal static class Problem
{
    /// <summary>What such an answer is.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>Writes it, unless the answer has begun.</summary>
    public static Task WriteAsync(HttpContext context, int status, string detail, int? row = null, string? column = null)
    {
        if (context.Response.HasStarted)
            return Task.CompletedTask;
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, Answers.Format))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
            json.WriteNumber("status", status);
            json.WriteString("detail", detail);
            if (row is int place)
                json.WriteNumber("row", place);
            if (column is not null)
                json.WriteString("column", column);
            json.WriteEndObject();
        }
        context.Response.StatusCode = status;
        return WriteAsync(context, ContentType, body);
    }

    /// <summary>Writes a whole body.</summary>
    public static async Task WriteAsync(HttpContext context, string contentType, ArrayBufferWriter<byte> body)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
    }
}
