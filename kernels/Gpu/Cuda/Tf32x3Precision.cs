using ILGPU.Runtime.Cuda;
using static GpuVae.Kernels.Gpu.Cuda.TensorRegisters;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// Float32 from three TensorFloat-32 products: x = X + x′ with X = tf32(x) and x′ = tf32(x − X). Of a product x·y the
/// parts X·y′, x′·Y and X·Y are summed, in this order; what is left out is below 2⁻²⁰ of it.
/// </summary>
internal readonly struct Tf32x3Precision : ITensorPrecision
{
    private const string Multiply =
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 ";

    public static int Depth => 8;

    public static void ConvertA(int rowGroup, int half)
    {
        switch (rowGroup)
        {
            case 0:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 a0, pair0; sub.f32 pair0, pair0, a0; " +
                    "cvt.rna.tf32.f32 aLow0, pair0; " +
                    "cvt.rna.tf32.f32 a2, pair1; sub.f32 pair1, pair1, a2; " +
                    "cvt.rna.tf32.f32 aLow2, pair1;");
                break;
            case 1:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 a1, pair0; sub.f32 pair0, pair0, a1; " +
                    "cvt.rna.tf32.f32 aLow1, pair0; " +
                    "cvt.rna.tf32.f32 a3, pair1; sub.f32 pair1, pair1, a3; " +
                    "cvt.rna.tf32.f32 aLow3, pair1;");
                break;
            case 2:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 a4, pair0; sub.f32 pair0, pair0, a4; " +
                    "cvt.rna.tf32.f32 aLow4, pair0; " +
                    "cvt.rna.tf32.f32 a6, pair1; sub.f32 pair1, pair1, a6; " +
                    "cvt.rna.tf32.f32 aLow6, pair1;");
                break;
            case 3:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 a5, pair0; sub.f32 pair0, pair0, a5; " +
                    "cvt.rna.tf32.f32 aLow5, pair0; " +
                    "cvt.rna.tf32.f32 a7, pair1; sub.f32 pair1, pair1, a7; " +
                    "cvt.rna.tf32.f32 aLow7, pair1;");
                break;
            case 4:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 a8, pair0; sub.f32 pair0, pair0, a8; " +
                    "cvt.rna.tf32.f32 aLow8, pair0; " +
                    "cvt.rna.tf32.f32 a10, pair1; sub.f32 pair1, pair1, a10; " +
                    "cvt.rna.tf32.f32 aLow10, pair1;");
                break;
            case 5:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 a9, pair0; sub.f32 pair0, pair0, a9; " +
                    "cvt.rna.tf32.f32 aLow9, pair0; " +
                    "cvt.rna.tf32.f32 a11, pair1; sub.f32 pair1, pair1, a11; " +
                    "cvt.rna.tf32.f32 aLow11, pair1;");
                break;
            case 6:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 a12, pair0; sub.f32 pair0, pair0, a12; " +
                    "cvt.rna.tf32.f32 aLow12, pair0; " +
                    "cvt.rna.tf32.f32 a14, pair1; sub.f32 pair1, pair1, a14; " +
                    "cvt.rna.tf32.f32 aLow14, pair1;");
                break;
            case 7:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 a13, pair0; sub.f32 pair0, pair0, a13; " +
                    "cvt.rna.tf32.f32 aLow13, pair0; " +
                    "cvt.rna.tf32.f32 a15, pair1; sub.f32 pair1, pair1, a15; " +
                    "cvt.rna.tf32.f32 aLow15, pair1;");
                break;
        }
    }

    public static void ConvertB(int half)
    {
        CudaAsm.Emit(
            "cvt.rna.tf32.f32 b0, pair0; sub.f32 pair0, pair0, b0; " +
            "cvt.rna.tf32.f32 bLow0, pair0; " +
            "cvt.rna.tf32.f32 b1, pair1; sub.f32 pair1, pair1, b1; " +
            "cvt.rna.tf32.f32 bLow1, pair1;");
    }

    public static void MultiplyColumn(int column, bool isLarge)
    {
        switch (column)
        {
            case 0:
                CudaAsm.Emit(
                    Multiply + Sum00 + ", " + A0 + BLow + Sum00 + "; " +
                    Multiply + Sum00 + ", " + ALow0 + B + Sum00 + "; " +
                    Multiply + Sum00 + ", " + A0 + B + Sum00 + "; " +
                    Multiply + Sum10 + ", " + A1 + BLow + Sum10 + "; " +
                    Multiply + Sum10 + ", " + ALow1 + B + Sum10 + "; " +
                    Multiply + Sum10 + ", " + A1 + B + Sum10 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum20 + ", " + A2 + BLow + Sum20 + "; " +
                        Multiply + Sum20 + ", " + ALow2 + B + Sum20 + "; " +
                        Multiply + Sum20 + ", " + A2 + B + Sum20 + "; " +
                        Multiply + Sum30 + ", " + A3 + BLow + Sum30 + "; " +
                        Multiply + Sum30 + ", " + ALow3 + B + Sum30 + "; " +
                        Multiply + Sum30 + ", " + A3 + B + Sum30 + ";");
                }
                break;
            case 1:
                CudaAsm.Emit(
                    Multiply + Sum01 + ", " + A0 + BLow + Sum01 + "; " +
                    Multiply + Sum01 + ", " + ALow0 + B + Sum01 + "; " +
                    Multiply + Sum01 + ", " + A0 + B + Sum01 + "; " +
                    Multiply + Sum11 + ", " + A1 + BLow + Sum11 + "; " +
                    Multiply + Sum11 + ", " + ALow1 + B + Sum11 + "; " +
                    Multiply + Sum11 + ", " + A1 + B + Sum11 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum21 + ", " + A2 + BLow + Sum21 + "; " +
                        Multiply + Sum21 + ", " + ALow2 + B + Sum21 + "; " +
                        Multiply + Sum21 + ", " + A2 + B + Sum21 + "; " +
                        Multiply + Sum31 + ", " + A3 + BLow + Sum31 + "; " +
                        Multiply + Sum31 + ", " + ALow3 + B + Sum31 + "; " +
                        Multiply + Sum31 + ", " + A3 + B + Sum31 + ";");
                }
                break;
            case 2:
                CudaAsm.Emit(
                    Multiply + Sum02 + ", " + A0 + BLow + Sum02 + "; " +
                    Multiply + Sum02 + ", " + ALow0 + B + Sum02 + "; " +
                    Multiply + Sum02 + ", " + A0 + B + Sum02 + "; " +
                    Multiply + Sum12 + ", " + A1 + BLow + Sum12 + "; " +
                    Multiply + Sum12 + ", " + ALow1 + B + Sum12 + "; " +
                    Multiply + Sum12 + ", " + A1 + B + Sum12 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum22 + ", " + A2 + BLow + Sum22 + "; " +
                        Multiply + Sum22 + ", " + ALow2 + B + Sum22 + "; " +
                        Multiply + Sum22 + ", " + A2 + B + Sum22 + "; " +
                        Multiply + Sum32 + ", " + A3 + BLow + Sum32 + "; " +
                        Multiply + Sum32 + ", " + ALow3 + B + Sum32 + "; " +
                        Multiply + Sum32 + ", " + A3 + B + Sum32 + ";");
                }
                break;
            case 3:
                CudaAsm.Emit(
                    Multiply + Sum03 + ", " + A0 + BLow + Sum03 + "; " +
                    Multiply + Sum03 + ", " + ALow0 + B + Sum03 + "; " +
                    Multiply + Sum03 + ", " + A0 + B + Sum03 + "; " +
                    Multiply + Sum13 + ", " + A1 + BLow + Sum13 + "; " +
                    Multiply + Sum13 + ", " + ALow1 + B + Sum13 + "; " +
                    Multiply + Sum13 + ", " + A1 + B + Sum13 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum23 + ", " + A2 + BLow + Sum23 + "; " +
                        Multiply + Sum23 + ", " + ALow2 + B + Sum23 + "; " +
                        Multiply + Sum23 + ", " + A2 + B + Sum23 + "; " +
                        Multiply + Sum33 + ", " + A3 + BLow + Sum33 + "; " +
                        Multiply + Sum33 + ", " + ALow3 + B + Sum33 + "; " +
                        Multiply + Sum33 + ", " + A3 + B + Sum33 + ";");
                }
                break;
            case 4:
                CudaAsm.Emit(
                    Multiply + Sum04 + ", " + A0 + BLow + Sum04 + "; " +
                    Multiply + Sum04 + ", " + ALow0 + B + Sum04 + "; " +
                    Multiply + Sum04 + ", " + A0 + B + Sum04 + "; " +
                    Multiply + Sum14 + ", " + A1 + BLow + Sum14 + "; " +
                    Multiply + Sum14 + ", " + ALow1 + B + Sum14 + "; " +
                    Multiply + Sum14 + ", " + A1 + B + Sum14 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum24 + ", " + A2 + BLow + Sum24 + "; " +
                        Multiply + Sum24 + ", " + ALow2 + B + Sum24 + "; " +
                        Multiply + Sum24 + ", " + A2 + B + Sum24 + "; " +
                        Multiply + Sum34 + ", " + A3 + BLow + Sum34 + "; " +
                        Multiply + Sum34 + ", " + ALow3 + B + Sum34 + "; " +
                        Multiply + Sum34 + ", " + A3 + B + Sum34 + ";");
                }
                break;
            case 5:
                CudaAsm.Emit(
                    Multiply + Sum05 + ", " + A0 + BLow + Sum05 + "; " +
                    Multiply + Sum05 + ", " + ALow0 + B + Sum05 + "; " +
                    Multiply + Sum05 + ", " + A0 + B + Sum05 + "; " +
                    Multiply + Sum15 + ", " + A1 + BLow + Sum15 + "; " +
                    Multiply + Sum15 + ", " + ALow1 + B + Sum15 + "; " +
                    Multiply + Sum15 + ", " + A1 + B + Sum15 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum25 + ", " + A2 + BLow + Sum25 + "; " +
                        Multiply + Sum25 + ", " + ALow2 + B + Sum25 + "; " +
                        Multiply + Sum25 + ", " + A2 + B + Sum25 + "; " +
                        Multiply + Sum35 + ", " + A3 + BLow + Sum35 + "; " +
                        Multiply + Sum35 + ", " + ALow3 + B + Sum35 + "; " +
                        Multiply + Sum35 + ", " + A3 + B + Sum35 + ";");
                }
                break;
            case 6:
                CudaAsm.Emit(
                    Multiply + Sum06 + ", " + A0 + BLow + Sum06 + "; " +
                    Multiply + Sum06 + ", " + ALow0 + B + Sum06 + "; " +
                    Multiply + Sum06 + ", " + A0 + B + Sum06 + "; " +
                    Multiply + Sum16 + ", " + A1 + BLow + Sum16 + "; " +
                    Multiply + Sum16 + ", " + ALow1 + B + Sum16 + "; " +
                    Multiply + Sum16 + ", " + A1 + B + Sum16 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum26 + ", " + A2 + BLow + Sum26 + "; " +
                        Multiply + Sum26 + ", " + ALow2 + B + Sum26 + "; " +
                        Multiply + Sum26 + ", " + A2 + B + Sum26 + "; " +
                        Multiply + Sum36 + ", " + A3 + BLow + Sum36 + "; " +
                        Multiply + Sum36 + ", " + ALow3 + B + Sum36 + "; " +
                        Multiply + Sum36 + ", " + A3 + B + Sum36 + ";");
                }
                break;
            case 7:
                CudaAsm.Emit(
                    Multiply + Sum07 + ", " + A0 + BLow + Sum07 + "; " +
                    Multiply + Sum07 + ", " + ALow0 + B + Sum07 + "; " +
                    Multiply + Sum07 + ", " + A0 + B + Sum07 + "; " +
                    Multiply + Sum17 + ", " + A1 + BLow + Sum17 + "; " +
                    Multiply + Sum17 + ", " + ALow1 + B + Sum17 + "; " +
                    Multiply + Sum17 + ", " + A1 + B + Sum17 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum27 + ", " + A2 + BLow + Sum27 + "; " +
                        Multiply + Sum27 + ", " + ALow2 + B + Sum27 + "; " +
                        Multiply + Sum27 + ", " + A2 + B + Sum27 + "; " +
                        Multiply + Sum37 + ", " + A3 + BLow + Sum37 + "; " +
                        Multiply + Sum37 + ", " + ALow3 + B + Sum37 + "; " +
                        Multiply + Sum37 + ", " + A3 + B + Sum37 + ";");
                }
                break;
        }
    }
}
